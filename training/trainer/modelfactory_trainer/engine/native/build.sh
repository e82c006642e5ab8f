#!/bin/sh
# Builds kernels.c beside itself, once for each width of vectors that this system's processors may have, with GCC 11 or
# newer on Linux. Elsewhere, or where that fails, the trainer runs on plain torch; tests/test_compiled.py tells.
set -eu
cd "$(dirname "$0")"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
build() { # build NAME FLAG…
  name=$1; shift
  [ -z "$(find kernels.c attention.h rows.h build.sh -newer "kernels-$name.so" 2>&1)" ] && return
  rm -f "kernels-$name.so"
  if gcc -std=gnu11 -O3 -ffp-contract=fast -fno-math-errno -Wall -Wextra "$@" \
    -shared -fPIC -s -Wl,--build-id=none -o "$tmp/kernels.so" kernels.c -lm; then
    mv "$tmp/kernels.so" "kernels-$name.so"
  else
    echo "build.sh: no compiled code for $name; the trainer will be slower on such a processor" >&2
  fi
}
case "$(uname -sm)" in
  "Linux x86_64")
    build avx2 -march=x86-64-v3
    build avx512 -march=x86-64-v4 -mprefer-vector-width=512
    ;;
  "Linux aarch64") build neon ;;
esac
