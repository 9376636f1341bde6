#!/usr/bin/env bash
# statistics.sh KERNELS.json FAMILY: what AMD's compiler makes of WGSL, without a GPU. Run in the project's root, on Linux with gcc.
# KERNELS.json: [{ "name": "…", "code": "WGSL", "kinds": "rrsu" }], kinds one letter a binding: r read-only storage, s storage, u uniform with
# a dynamic offset. FAMILY: navi31 (RDNA 3), navi21 (RDNA 2) or vega10 (GCN 5). Writes KERNELS.json.FAMILY.json: for each name the statistics of
# the compiler. The SPIR-V is Tint's as it makes it for lavapipe with subgroups of 8.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd); kernels=$(realpath "${1:?usage: statistics.sh KERNELS.json FAMILY}"); family=${2:?family}
mesa=$(realpath -m "${MESA_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/mesa25}")
"$here/mesa.sh" "$mesa" >/dev/null
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
inc=$mesa/usr/include; lib=$mesa/usr/lib/x86_64-linux-gnu
gcc -O1 -w -shared -fPIC -I"$inc" -o "$work/libdump.so" "$here/dump_layer.c"
gcc -O1 -w -I"$inc" -o "$work/vk_compile" "$here/vk_compile.c" -L"$lib" -l:libvulkan.so.1
cat >"$work/VkLayer_dump.json" <<J
{ "file_format_version": "1.1.0", "layer": { "name": "VK_LAYER_dump", "type": "GLOBAL", "library_path": "$work/libdump.so", "api_version": "1.3.239", "implementation_version": "1", "description": "dump",
  "functions": { "vkGetInstanceProcAddr": "vkGetInstanceProcAddr", "vkGetDeviceProcAddr": "layerGetDeviceProcAddr" } } }
J
( . "$mesa/lavapipe.env"; export VK_LAYER_PATH=$work VK_INSTANCE_LAYERS=VK_LAYER_dump SPV_DIR=$work; node "$here/compile_wgsl.mjs" "$kernels" "$work" 2>"$work/log" ) || { tail -5 "$work/log"; exit 1; }
( . "$mesa/radv.env"; export RADV_FORCE_FAMILY=$family XDG_RUNTIME_DIR=$work MESA_SHADER_CACHE_DISABLE=true
  xargs -a "$work/arguments" "$work/vk_compile" >"$work/stats" 2>>"$work/log" ) || { tail -5 "$work/log"; exit 1; }
node "$here/collect_statistics.mjs" "$work" "$kernels.$family.json"
