#!/usr/bin/env bash
# with_display.sh COMMAND…: runs a command that opens windows, off screen where there is no display.
set -euo pipefail

if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || [ "$(uname -s)" != Linux ]; then
  exec "$@"
fi
if ! command -v xvfb-run >/dev/null || ! command -v xauth >/dev/null; then
  echo "There is no display and no xvfb to stand in for one. Install it, then try again:" >&2
  echo "  sudo apt-get update && sudo apt-get install -y xvfb xauth" >&2
  exit 1
fi
# A session's own choice, e.g. wayland or offscreen, would bypass the display made here.
unset QT_QPA_PLATFORM
exec xvfb-run -a -s "-screen 0 1366x768x24" "$@"
