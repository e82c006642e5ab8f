#!/bin/sh
# Builds kernels.c beside itself, once for each width of vectors that this system's processors may have. GCC on Linux;
# elsewhere the trainer runs on plain torch.
set -eu
cd "$(dirname "$0")"
build() { # build NAME FLAG…
  name=$1; shift
  [ -z "$(find kernels.c attention.h rows.h build.sh -newer "kernels-$name.so" 2>&1)" ] && return
  gcc -std=gnu11 -O3 -ffp-contract=fast -fno-math-errno -Wall -Wextra -Werror "$@" \
    -shared -fPIC -s -Wl,--build-id=none -o "kernels-$name.so.new" kernels.c -lm
  mv "kernels-$name.so.new" "kernels-$name.so"
}
case "$(uname -sm)" in
  "Linux x86_64")
    build avx2 -march=x86-64-v3
    build avx512 -march=x86-64-v4 -mprefer-vector-width=512
    ;;
  "Linux aarch64") build neon ;;
esac
