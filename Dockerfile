# dcmlint in a small image: build with `docker build -t dcmlint .`, run as docs/operations.md says.
# Nothing of the build is in the result but the installed packages; it runs as a user without rights.

FROM python:3.13-slim-bookworm AS build
# The compiler is for the modules of the inner loops (docs/adr/0006). Debian's own version is the one that fits.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
RUN python -m venv /opt/dcmlint
WORKDIR /src
COPY . .
# EXTRAS as pip takes them ("[archive]"), PLUGINS are folders of this repository ("./plugins/dcmlint-dask").
ARG EXTRAS=""
ARG PLUGINS=""
# hadolint ignore=SC2086
RUN /opt/dcmlint/bin/pip install --no-cache-dir ".${EXTRAS}" ${PLUGINS} \
    && /opt/dcmlint/bin/python -m compileall -q /opt/dcmlint/lib

FROM python:3.13-slim-bookworm
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin dcmlint \
    && install --directory --owner=10001 --group=10001 /var/lib/dcmlint
COPY --from=build /opt/dcmlint /opt/dcmlint
ENV PATH=/opt/dcmlint/bin:$PATH \
    DCMLINT_CACHE_DIR=/var/lib/dcmlint/cache \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /var/lib/dcmlint
VOLUME /var/lib/dcmlint
ENTRYPOINT ["dcmlint"]
CMD ["--help"]
