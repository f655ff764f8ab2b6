"""Who is one person and who is two, and whose the surnames are."""

from importers.historyatstate_people import Register, Sighting


def at(name: str, day: str, office: str = "President", home: str = "peru") -> Sighting:
    """A sighting in one office."""
    return Sighting(home, name, frozenset([office]), day)


def test_surname_is_the_only_full_name_that_fits() -> None:
    full, short = at("Ana Alva Rojas", "1990-01-01"), at("Alva", "1992-01-01")
    register = Register([full, short, at("Ana Alva", "1991-05-05")])
    assert register.person(short) is register.person(full)
    assert not register.person(short).provisional


def test_surname_that_two_fit_stays_provisional() -> None:
    short = at("Alva", "1992-01-01")
    register = Register([at("Ana Alva", "1990-01-01"), at("Bo Alva", "1993-01-01"), short])
    assert register.person(short).provisional
    assert register.person(short).key == "president/alva/1992"


def test_office_state_and_era_keep_surnames_apart() -> None:
    days = [at("Alva", "1920-01-01"), at("Alva", "1925-01-01"), at("Alva", "1970-01-01")]
    others = [at("Alva", "1925-01-01", "Foreign Minister"), at("Alva", "1925-01-01", home="chile")]
    register = Register(days + others)
    people = [register.person(each).key for each in days + others]
    assert people[0] == people[1] == "president/alva/1920"
    assert people[2] == "president/alva/1970"
    assert people[3] == "foreign-minister/alva/1925"
    assert register.person(others[1]).home == "chile"


def test_spellings_join_and_brothers_do_not() -> None:
    names = ["Sergei Dalov", "Sergey Dalov", "Anders Rasmussen", "Lars Rasmussen"]
    register = Register(at(name, "2010-01-01") for name in names)
    keys = [register.person(at(name, "2010-01-01")).key for name in names]
    assert keys[0] == keys[1]
    assert keys[2] != keys[3]


def test_father_and_son_with_patronymics_stay_two() -> None:
    names = ["Hamad bin Isa Al Khalifa", "Salman bin Hamad Al Khalifa"]
    register = Register(at(name, "2019-01-01", "Crown Prince") for name in names)
    assert len({register.person(at(name, "2019-01-01", "Crown Prince")).key for name in names}) == 2


def test_regnal_numbers_tell_kings_apart() -> None:
    kings = [at("Bo II", "1999-01-01", "King"), at("Bo VI", "2000-01-01", "King")]
    register = Register(kings)
    assert register.person(kings[0]) is not register.person(kings[1])


def test_keys_do_not_depend_on_the_order_of_the_rows() -> None:
    rows = [
        at("Ana Alva", "1990-01-01"),
        at("Alva", "1991-01-01"),
        at("Rojas", "1950-01-01"),
        at("A. Alva", "1990-02-02"),
    ]
    keys = [[Register(order).person(each).key for each in rows] for order in (rows, rows[::-1])]
    assert keys[0] == keys[1]


def test_office_between_two_sightings_in_another_is_doubtful() -> None:
    own = [at("Ana Dalov", day, "Foreign Minister") for day in ("2010-02-01", "2010-09-01")]
    slip = at("Ana Dalov", "2010-06-01", "Prime Minister")
    promoted = [at("Bo Cole", "2010-01-01", "Foreign Minister"), at("Bo Cole", "2010-12-01", "Prime Minister")]
    assert Register([*own, slip, *promoted]).doubtful() == {slip}


def test_surname_in_a_wrong_office_stays_the_same_person() -> None:
    own = [at("Dalov", day, "Foreign Minister") for day in ("2010-02-01", "2010-09-01")]
    slip = at("Dalov", "2010-06-01", "Prime Minister")
    register = Register([*own, slip])
    assert register.person(slip) is register.person(own[0])
    assert register.doubtful() == {slip}
