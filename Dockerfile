# The same steps as `make serve`: bootstrap.py installs the serving part of requirements.lock, with hashes.

FROM python:3.13-slim AS builder
WORKDIR /app
COPY . .
RUN python bootstrap.py run \
 # What only builds or installs stays behind.
 && .venv/bin/python -m pip uninstall --quiet --yes hatchling editables trove-classifiers pip \
 # The last stage runs as a user that may not write here.
 && .venv/bin/python -m compileall -q api models db graph formats importers

FROM python:3.13-slim
RUN useradd --uid 10001 --create-home --home-dir /data --shell /usr/sbin/nologin readout
COPY --from=builder /app /app
WORKDIR /app
USER readout
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    READOUT_DATA_DIR=/data/readout \
    READOUT_HOST=0.0.0.0 \
    READOUT_PORT=8000
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import os, httpx; httpx.get(f\"http://127.0.0.1:{os.environ['READOUT_PORT']}/livez\", timeout=4).raise_for_status()"]
CMD ["readout", "serve"]
