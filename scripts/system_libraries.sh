#!/usr/bin/env bash
# Sees to the system libraries that napari's window needs on Debian and Ubuntu.
#
# As root, installs those that are missing; otherwise prints the command that does, and goes on.
# Elsewhere (other Linux distributions, macOS, Windows) it does nothing: Qt's wheels bring the rest.
set -euo pipefail

packages=(
  # an off-screen display, and software rendering where there is no graphics card
  xvfb xauth libgl1-mesa-dri
  # OpenGL
  libgl1 libegl1 libopengl0 libglx-mesa0
  # Qt, and its X11 platform plugin
  libglib2.0-0 libgssapi-krb5-2 libdbus-1-3 libfontconfig1 libxkbcommon-x11-0
  libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0
  libxcb-render-util0 libxcb-shape0 libxcb-xinerama0 libxcb-xfixes0
)

command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || exit 0

# Newer releases call some of them NAMEt64; apt-get still answers to NAME.
installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${packages[@]}" \
  "${packages[@]/%/t64}" 2>/dev/null || true)
missing=()
for package in "${packages[@]}"; do
  grep -qxE "installed $package(t64)?" <<<"$installed" || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -ne 0 ]; then
  echo "Missing system libraries; napari's window will not open without them. Install them with:" >&2
  echo "  sudo apt-get update && sudo apt-get install --no-install-recommends -y ${missing[*]}" >&2
  exit 0
fi

echo "Installing system libraries: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
for attempt in 1 2 3; do
  if apt-get update -q >/dev/null &&
    apt-get install --no-install-recommends -y -q "${missing[@]}" >/dev/null; then
    exit 0
  fi
  if [ "$attempt" -lt 3 ]; then
    echo "apt-get failed; trying again in $((attempt * 10)) s (it may be busy or cut off)." >&2
    sleep $((attempt * 10))
  fi
done
echo "The system libraries could not be installed. Run this by hand, then make again:" >&2
echo "  apt-get update && apt-get install --no-install-recommends -y ${missing[*]}" >&2
exit 1
