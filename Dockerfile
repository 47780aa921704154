# The portal: one image for web, worker, beat and migrations. Debian slim, not root, exact hashed versions.
FROM python:3.11-slim-bookworm AS build
WORKDIR /portail
RUN python -m venv /venv
COPY requirements/base.txt requirements/base.txt
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/base.txt

FROM python:3.11-slim-bookworm
# What WeasyPrint draws with, and nothing else.
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz0b libharfbuzz-subset0 libfontconfig1 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /portail --shell /usr/sbin/nologin portail \
 && install -d -o portail -g portail /data
COPY --from=build /venv /venv
WORKDIR /portail
COPY . .
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings DATA_DIR=/data STATIC_ROOT=/portail/staticfiles BIND=0.0.0.0:8000 XDG_CACHE_HOME=/tmp
# Throw-away values: collecting files reads no secret and no server.
RUN TRIAL=1 PORTAL_URL=http://localhost SECRET_KEY=only-to-collect-static-files-0123456789 sh -c \
    "python manage.py fonts && python manage.py collectstatic --noinput -v0" \
 && rm -rf /data/* && chown -R portail:portail /data
USER portail
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "-c", "config/gunicorn.py"]
