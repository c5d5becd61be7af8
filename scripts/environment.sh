#!/usr/bin/env bash
# environment.sh create|install: makes the virtual environment .venv, or installs the project in it.
#
# PYTHON chooses the interpreter. EXTRAS (default "test") chooses the extras of the project.
set -euo pipefail
cd "$(dirname "$0")/.."
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
venv=.venv

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
  local candidates=(python3 python3.14 python3.13 python3.12 python3.11 python) seen=() candidate
  [ -n "${PYTHON:-}" ] && candidates=("$PYTHON")
  for candidate in "${candidates[@]}"; do
    command -v "$candidate" >/dev/null || continue
    if is_new_enough "$candidate"; then
      command -v "$candidate"
      return
    fi
    seen+=("$candidate ($("$candidate" --version 2>&1 | head -n 1))")
  done
  echo "Python 3.11 or newer is needed; found: ${seen[*]:-none of ${candidates[*]}}." >&2
  echo "Install one and name it: make PYTHON=/path/to/python3.11" >&2
  return 1
}

retry() {
  local attempt
  for attempt in 1 2 3; do
    "$@" && return
    [ "$attempt" -lt 3 ] || return 1
    echo "Failed; trying again in $((attempt * 10)) s: $*" >&2
    sleep $((attempt * 10))
  done
}

has_apt() { command -v apt-get >/dev/null; }
apt() { DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" >/dev/null; }
has_pip() { "$venv/bin/python" -m pip --version >/dev/null 2>&1; }

# Debian leaves ensurepip out of python3, and then `python -m venv` makes no pip.
create() {
  local python
  if [ -x "$venv/bin/python" ] && is_new_enough "$venv/bin/python" && has_pip; then
    echo "Keeping $venv, which was there ($("$venv/bin/python" --version))"
    return
  fi
  python=$(find_python)
  echo "Creating $venv with $("$python" --version) ($python)"
  rm -rf "$venv"
  "$python" -m venv "$venv" >/dev/null 2>&1 && has_pip && return

  rm -rf "$venv"
  if [ "$(id -u)" -eq 0 ] && [[ $(realpath "$python") == /usr/bin/* ]] && has_apt; then
    echo "This Python lacks venv: installing python3-venv"
    if retry apt update && retry apt install --no-install-recommends -y python3-venv; then
      "$python" -m venv "$venv" >/dev/null && has_pip && return
    fi
    rm -rf "$venv"
  fi

  tools=$(mktemp -d) # not local: the trap runs after this function
  trap 'rm -rf "$tools"' EXIT
  if retry "$python" -m pip install -q --root-user-action ignore --target "$tools" virtualenv; then
    PYTHONPATH="$tools" "$python" -m virtualenv -q "$venv" && has_pip && return
  fi
  rm -rf "$venv"
  echo "No virtual environment could be made with $python. On Debian and Ubuntu, install venv:" >&2
  echo "  sudo apt-get update && sudo apt-get install -y python3-venv" >&2
  return 1
}

install() {
  echo "Installing the project and what it needs (minutes, and 6 GB where torch comes with CUDA)"
  retry "$venv/bin/python" -m pip install -q -e ".[${EXTRAS:-test}]"
}

case "${1:-}" in
  create) create ;;
  install) install ;;
  *) echo "usage: $0 create|install" >&2; exit 2 ;;
esac
