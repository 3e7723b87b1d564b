# A static binary alone in an image: no shell, no package manager, no root.
FROM golang:1.26-alpine AS build
WORKDIR /source
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ENV GOCACHE=/cache
# timetzdata embeds the time zones that people's profiles name; the final image
# has no /usr/share/zoneinfo.
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/cache \
    CGO_ENABLED=0 go build -trimpath -buildvcs=false -tags timetzdata -ldflags='-s -w' -o /ferry ./cmd/ferry

FROM busybox:1.37-musl AS probe

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
# The health check needs an HTTP client. Busybox picks its applet by the name it
# is called by, so under this name it is wget and nothing else.
COPY --from=probe /bin/busybox /bin/wget
COPY --from=build /ferry /ferry
# Numeric, so that Kubernetes can see that it is not root.
USER 65532:65532
EXPOSE 8080 8081
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["/bin/wget", "-q", "-T", "2", "-O", "/dev/null", "http://127.0.0.1:8080/readyz"]
ENTRYPOINT ["/ferry"]
CMD ["serve"]
