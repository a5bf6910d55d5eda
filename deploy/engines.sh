#!/usr/bin/env bash
# PostgreSQL, Redis and an S3 server (versitygw) of our own on 127.0.0.1, with ports the kernel gives, for tests and the demo.
#
#   engines.sh install | start | stop | status
#   eval "$(engines.sh env)"      sets YILIAN_TEST_POSTGRES, YILIAN_TEST_REDIS, YILIAN_TEST_S3
#
# All data lives in $YILIAN_ENGINES (default: a folder of this checkout under /var/tmp) and is gone after `stop`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
data=${YILIAN_ENGINES:-/var/tmp/yilian-engines-$(id -u)-$(printf '%s' "$here" | cksum | cut -d' ' -f1)}
gateway=$(realpath -m "$here/../bin/versitygw")
key=yilian secret=yilian-test-secret bucket=yilian

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

# PostgreSQL refuses to run as root.
as_postgres() { if [ "$(id -u)" -eq 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi; }

postgres_bin() {
  local newest
  newest=$(find /usr/lib/postgresql -maxdepth 2 -name bin -type d 2>/dev/null | sort -V | tail -n1)
  [ -n "$newest" ] || { echo "engines.sh: PostgreSQL is not installed: run engines.sh install" >&2; exit 1; }
  echo "$newest"
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

install_all() {
  local missing=() p
  for p in postgresql redis-server python3 curl; do
    dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    echo "installing: ${missing[*]}"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  fi
  # A module of its own keeps the gateway's many dependencies out of ours.
  CGO_ENABLED=0 GOFLAGS=-buildvcs=false go build -C "$here/tools" -trimpath -ldflags '-s -w' -o "$gateway" \
    github.com/versity/versitygw/cmd/versitygw
}

# running NAME: the process whose id was noted is still ours: it works in our folder.
running() {
  local pid
  pid=$(head -n1 "$data/$1.pid" 2>/dev/null) && [ -n "$pid" ] && [[ $(readlink "/proc/$pid/cwd") == "$data"/* ]]
}

# await WHAT COMMAND…: up to 30 seconds.
await() {
  local what=$1 i
  shift
  for i in $(seq 150); do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.2
  done
  echo "engines.sh: $what did not start; its log:" >&2
  tail -n 20 "$data"/*.log >&2 || true
  exit 1
}

start_postgres() {
  running postgres && return 0
  local bin folder=$data/postgres
  bin=$(postgres_bin)
  mkdir -p "$folder"
  [ "$(id -u)" -eq 0 ] && chown postgres "$folder"
  chmod 700 "$folder"
  # The default order is a language's, not bytewise, on purpose: a schema that relies on the server's order is found out.
  [ -f "$folder/PG_VERSION" ] || as_postgres "$bin/initdb" -D "$folder" -U yilian --auth=trust --encoding=UTF8 \
    --locale=C.UTF-8 --locale-provider=icu --icu-locale=en-US >"$data/initdb.log" 2>&1
  free_port >"$data/postgres.port"
  as_postgres "$bin/pg_ctl" -D "$folder" -l "$folder/log" -w -t 30 -o "-p $(cat "$data/postgres.port") -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200 -c max_wal_size=256MB" start >/dev/null ||
    { cat "$folder/log" >&2; exit 1; }
  head -n1 "$folder/postmaster.pid" >"$data/postgres.pid"
  await PostgreSQL as_postgres "$bin/psql" -h 127.0.0.1 -p "$(cat "$data/postgres.port")" -U yilian -d postgres -c 'SELECT 1'
  as_postgres "$bin/createdb" -h 127.0.0.1 -p "$(cat "$data/postgres.port")" -U yilian yilian 2>/dev/null || true
}

start_redis() {
  running redis && return 0
  mkdir -p "$data/redis"
  free_port >"$data/redis.port"
  redis-server --bind 127.0.0.1 --port "$(cat "$data/redis.port")" --dir "$data/redis" --pidfile "$data/redis.pid" \
    --logfile "$data/redis.log" --save '' --appendonly no --daemonize yes >/dev/null
  await Redis redis-cli -h 127.0.0.1 -p "$(cat "$data/redis.port")" ping
}

start_s3() {
  running s3 && return 0
  [ -x "$gateway" ] || { echo "engines.sh: $gateway is missing: run engines.sh install" >&2; exit 1; }
  mkdir -p "$data/s3/$bucket" "$data/meta"
  free_port >"$data/s3.port"
  # The sidecar keeps metadata in files of its own, so any file system will do.
  ROOT_ACCESS_KEY=$key ROOT_SECRET_KEY=$secret setsid env -C "$data/s3" "$gateway" --port "127.0.0.1:$(cat "$data/s3.port")" --region us-east-1 --health /healthz --quiet \
    posix --sidecar "$data/meta" "$data/s3" >"$data/s3.log" 2>&1 </dev/null &
  echo $! >"$data/s3.pid"
  await "the S3 server" curl -fsS "http://127.0.0.1:$(cat "$data/s3.port")/healthz"
}

start_all() {
  mkdir -p "$data"
  chmod 755 "$data"
  # One at a time, should two start together.
  exec 9>"$data/lock"
  flock 9
  start_postgres 9>&-
  start_redis 9>&-
  start_s3 9>&-
}

# quit NAME SIGNAL: ends a program that we started and waits for it.
quit() {
  running "$1" || { rm -f "$data/$1.pid"; return 0; }
  local pid i
  pid=$(head -n1 "$data/$1.pid")
  kill "-$2" "$pid" 2>/dev/null || as_root kill "-$2" "$pid" || true
  for i in $(seq 100); do
    [ -d "/proc/$pid" ] || break
    sleep 0.1
  done
  rm -f "$data/$1.pid"
}

stop_all() {
  [ -d "$data" ] || return 0
  quit s3 TERM
  quit redis TERM
  quit postgres INT
  rm -rf "$data" 2>/dev/null || as_root rm -rf "$data"
}

print_env() {
  local e
  for e in postgres redis s3; do
    running $e || { echo "engines.sh: $e does not run: engines.sh start" >&2; exit 1; }
  done
  echo "export YILIAN_TEST_POSTGRES='postgres://yilian@127.0.0.1:$(cat "$data/postgres.port")/yilian?sslmode=disable'"
  echo "export YILIAN_TEST_REDIS='redis://127.0.0.1:$(cat "$data/redis.port")/0'"
  echo "export YILIAN_TEST_S3='s3://$key:$secret@$bucket/?endpoint=http://127.0.0.1:$(cat "$data/s3.port")&region=us-east-1'"
}

case ${1:-} in
  install) install_all ;;
  start) start_all ;;
  stop) stop_all ;;
  env) print_env ;;
  status) for e in postgres redis s3; do running $e && echo "$e runs" || echo "$e does not run"; done ;;
  *) sed -n '2,7p' "$0" | sed 's/^# \{0,1\}//' && exit 2 ;;
esac
