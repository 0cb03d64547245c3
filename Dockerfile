# An image with gemkeeper and nothing else: no shell, no package manager, no root.
#   docker build -t gemkeeper:0.1.0 .
#   docker run --rm -e GEMINI_API_KEYS -p 127.0.0.1:8001:8001 … (docs/kubernetes.md)
FROM debian:12 AS build
WORKDIR /src
COPY scripts/setup-debian scripts/setup-debian
RUN apt-get update && scripts/setup-debian && rm -rf /var/lib/apt/lists/*
COPY . .
RUN scripts/build release gemkeeper && packaging/image-root build/release/bin/gemkeeper /image

FROM scratch
COPY --from=build /image /
USER 65532:65532
ENV STATE_DIRECTORY=/var/lib/gemkeeper
ENTRYPOINT ["/usr/bin/gemkeeper"]
CMD ["serve"]
