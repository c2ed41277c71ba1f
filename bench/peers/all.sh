#!/bin/sh
# Times all networks on 2 threads and prints Markdown. Run it on a machine that does nothing else.
# PYTHON names the interpreter that has the peers; further arguments go to peers.py.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
(cd "$here" && go build -o "$tmp/serve" ./serve)

peers() {
	"${PYTHON:-python3}" "$here/peers.py" --hoodwink "$tmp/serve" --threads 2 "$@"
}
for batch in 1 8; do
	peers --model googlenet --batch $batch "$@"
done
for model in squeezenet resnet20; do
	for batch in 1 32; do
		peers --model $model --batch $batch "$@"
	done
done
