#!/bin/sh -e
# What the entry script of an image does: prepare as root, export what programs are to see. Only its
# last line is new; it was: exec "$@"

mkdir -p /run/app
export APP_DIR=/run/app

exec /init -- "$@"
