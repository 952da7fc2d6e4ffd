#!/bin/sh
# Runs the command it is given. Beam's runners give flags alone, such as --id=1-1: for their program that starts a worker.
case "$1" in
    --*) exec /opt/apache/beam/boot "$@" ;;
    *) exec "$@" ;;
esac
