#!/bin/sh
# Predicts a stack on a server with nothing but curl: uploads it, follows it, downloads the result.
#
#   sh examples/serve.sh URL MODEL.safetensors STACK.tif OUTPUT.tif [OPTIONS]
#
# OPTIONS are a query, such as "factor=4&normalization=stack". Where the server asks for a token,
# TOKEN holds it. The model is sent under its file's name.
set -eu
[ $# -ge 4 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
url=${1%/} model=$2 stack=$3 output=$4 options=${5:-}

ask() { curl -sS --fail-with-body ${TOKEN:+-H "Authorization: Bearer $TOKEN"} "$@"; }
field() { sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p"; }

name=$(basename "$model" | sed 's/\.[^.]*$//')
ask -X PUT -H 'Content-Type: application/octet-stream' -T "$model" "$url/models/$name" >/dev/null

job=$(ask -X POST -H 'Content-Type: image/tiff' -T "$stack" \
  "$url/predictions?model=$name${options:+&$options}") || { printf '%s\n' "$job" >&2; exit 1; }
id=$(printf %s "$job" | field id)
echo "Prediction $id"

while :; do
  job=$(ask "$url/predictions/$id")
  state=$(printf %s "$job" | field state)
  echo "$state $(printf %s "$job" | field done)"
  case $state in
    succeeded) break ;;
    failed | cancelled) printf '%s\n' "$job" >&2; exit 1 ;;
  esac
  sleep 1
done

ask -o "$output.partial" "$url/predictions/$id/stack"
mv "$output.partial" "$output"
ask -X DELETE "$url/predictions/$id"
echo "$output"
