# syntax=docker/dockerfile:1
FROM golang:1.26 AS build
ARG VERSION=dev
ARG TARGETOS TARGETARCH
WORKDIR /src
# Modules first: they change less often than our code, and this layer is then taken from the cache.
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath \
    -ldflags="-s -w -X github.com/tux-io/tux-monitoring-operator/internal/cmd.version=$VERSION" -o /tuxmon .

FROM gcr.io/distroless/static:nonroot
LABEL org.opencontainers.image.source=https://github.com/tux-io/tux-monitoring-operator \
      org.opencontainers.image.licenses=Apache-2.0
COPY --from=build /tuxmon /tuxmon
# By number: Kubernetes cannot check runAsNonRoot against a name.
USER 65532:65532
ENTRYPOINT ["/tuxmon"]
CMD ["manager"]
