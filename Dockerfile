# The lab as a container: one static binary with its licences, nothing else, and no root.
#
# The first image only compiles: what it makes depends on the sources and on this version of Go, as
# internal/release does. Its digest is not pinned, since it was not known where this was written. To
# pin it, look it up with "docker buildx imagetools inspect golang:1.26.8", and append it as @sha256:...
FROM golang:1.26.8 AS build
ARG VERSION=0.1.0-dev
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 GOTOOLCHAIN=local go build -trimpath -buildvcs=false \
      -ldflags="-s -w -buildid= -X main.version=$VERSION" -o /out/hoodwink ./cmd/hoodwink \
    && mkdir -p /out/data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/hoodwink /hoodwink
COPY LICENSE NOTICE /
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
ENV XDG_CACHE_HOME=/data HOME=/data TMPDIR=/data
VOLUME /data
EXPOSE 9990
ENTRYPOINT ["/hoodwink"]
CMD ["lab", "--no-open", "--listen", "0.0.0.0"]
