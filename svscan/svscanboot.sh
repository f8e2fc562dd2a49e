#!/bin/sh
# svscanboot: runs svscan on the scan directory, and shows in the process list what nobody logs;
# svscanboot(8). For init, which starts it again if it ends. SPDX-License-Identifier: ISC

PATH=/command:/usr/local/bin:/usr/local/sbin:/bin:/sbin:/usr/bin:/usr/sbin:/usr/X11R6/bin
directory=${SVDIR:-/service}

exec </dev/null >/dev/null 2>&1

# What an svscan before us, killed without a chance to stop in order, has left behind.
svc -dx "$directory"/* "$directory"/*/log

# An environment of our own, so that services are the same whoever starts us. The title has room
# for the last 397 bytes.
dots=..................................................
dots=$dots$dots$dots$dots$dots$dots$dots$dots
env - PATH="$PATH" ${SVDIR:+"SVDIR=$SVDIR"} svscan "$directory" 2>&1 |
	env - PATH="$PATH" readproctitle service errors: "$dots"
