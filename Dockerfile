# The lab as a container: one static binary, nothing else, and no root.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /out/hoodwink ./cmd/hoodwink && mkdir -p /out/data

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
