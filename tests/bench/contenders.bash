# Who takes part: what differs between them. Everything else is the same for all.
# SPDX-License-Identifier: ISC
# shellcheck shell=bash

CONTENDERS=()
declare -A of

# contender NAME KEY=VALUE...: it takes part if its program is there and BENCH_ONLY does not leave it
# out. Keys:
#   in         directory of its programs, which is put before PATH
#   program    the scanner, as the kernel calls it          supervisor, logger: the same
#   services   the most that it can hold, or that end in time; logged: with logs
#   start      command that starts the tree in ./scan       prepare: what has to be done before
#   boot       command that starts a manager without services; booted: tells when it can begin. What both
#              use does not count as the start of services
#   stop       what ends it, once $root is its process; from then on all have to be gone
#   log        the run of a logger                          list: what svstat says of all services here
#   status restart down up: of the service web              enable: of ./sv/NAME, as $1
#   control    the FIFO that its supervise reads, in the service directory
#   files      what it consists of, for its size; first the four that do most
contender() {
	local name=$1 pair
	shift
	[ -z "${BENCH_ONLY:-}" ] || [[ " $BENCH_ONLY " == *" $name "* ]] || return 0
	for pair; do
		of[$name,${pair%%=*}]=${pair#*=}
	done
	if [ -x "${of[$name,in]}/${of[$name,program]}" ]; then
		CONTENDERS+=("$name")
	else
		MISSING+=" $name"
	fi
}

# names_of_all: those, and the ones that only some sections know, in the order of columns.
names_of_all() {
	local name ours='' rest=''
	for name in upkeep-command "${CONTENDERS[@]}" tini tini-static dumb-init catatonit cat; do
		case $name in
		upkeep*) ours+=" $name" ;;
		limit) ;;
		*) rest+=" $name" ;;
		esac
	done
	echo "$ours$rest limit"
}

# the NAME KEY: its value, or nothing.
the() { echo "${of[$1,$2]:-}"; }

. "$here/systemd.bash"
MISSING=
LINK='ln -s ../sv/$1 scan/'
daemontools=(program=svscan supervisor=supervise logger=multilog
	start='cd scan && exec svscan .' log='exec multilog t ./main' control=supervise/control
	status='svstat scan/web' list='exec svstat *' enable="$LINK"
	restart='svc -t scan/web' down='svc -d scan/web' up='svc -u scan/web')
for build in static release; do
	contender "$([ $build = static ] && echo upkeep || echo upkeep-dynamic)" \
		"${daemontools[@]}" in="$top/build/$build/bin" stop='kill -TERM $root' \
		services="$([ $build = static ] && echo 10000 || echo 1000)" \
		logged="$([ $build = static ] && echo 3000 || echo 100)" \
		files='svscan supervise multilog svc svstat svok'
done
contender daemontools "${daemontools[@]}" in=/usr/bin services=1000 logged=1000 \
	stop='kill -TERM $root; cd scan; svc -dx *; svc -dx */log 2>/dev/null' \
	files='svscan supervise multilog svc svstat svok'
contender runit in=/usr/bin program=runsvdir supervisor=runsv logger=svlogd services=1000 logged=1000 \
	start='exec runsvdir -P "$PWD/scan"' stop='kill -HUP $root' log='mkdir -p main; exec svlogd -t ./main' \
	status='sv status ./scan/web' list='exec sv status ./*' enable="$LINK" control=supervise/control \
	restart='sv -w 0 term ./scan/web' down='sv -w 0 down ./scan/web' up='sv -w 0 up ./scan/web' \
	files='runsvdir runsv svlogd sv chpst'
s6=(program=s6-svscan supervisor=s6-supervise logger=s6-log services=10000 logged=3000
	start='exec s6-svscan -c 100000 scan' stop='kill -TERM $root' log='exec s6-log t ./main'
	status='s6-svstat scan/web' list='for d in *; do s6-svstat $d; done' control=supervise/control
	enable="$LINK && s6-svscanctl -a scan"
	restart='s6-svc -t scan/web' down='s6-svc -d scan/web' up='s6-svc -u scan/web'
	files='s6-svscan s6-supervise s6-log s6-svc s6-svscanctl s6-svstat')
contender s6 "${s6[@]}" in=/usr/bin
contender s6-static "${s6[@]}" in="$top/build/bench/s6"
contender supervisor in=/usr/bin program=supervisord services=100 logged=100 \
	prepare=write_supervisor_conf start='exec supervisord -n -c conf' \
	stop='kill -TERM $root' supervisor=none logger=none \
	status='/usr/bin/python3 /usr/bin/supervisorctl -c conf status web' \
	list='/usr/bin/python3 /usr/bin/supervisorctl -c ../conf status' \
	restart='/usr/bin/python3 /usr/bin/supervisorctl -c conf restart web' \
	down='/usr/bin/python3 /usr/bin/supervisorctl -c conf stop web' \
	up='/usr/bin/python3 /usr/bin/supervisorctl -c conf start web' \
	files='supervisord supervisorctl ../lib/python3/dist-packages/supervisor/*.py'
contender_systemd() {
	local lacks
	lacks=$(systemd_lacks)
	[ -z "$lacks" ] || { MISSING+=" systemd ($lacks)"; return; }
	contender systemd in=/lib/systemd program=systemd supervisor=none logger=none services=1000 logged=0 \
		prepare=write_units boot=boot_systemd start='tell_systemd --no-block start all.target' \
		booted='tell_systemd -q is-active default.target' stop='kill -RTMIN+3 $root' \
		files='systemd ../../bin/systemctl'
}
contender_systemd
contender limit in="$tools" program=limit-scan supervisor=limit-keep logger=none \
	services=10000 logged=3000 start='cd scan && exec limit-scan' stop='kill -TERM $root' files=limit

# These run a command, and take part in some sections only, which know how.
for init in tini tini-static dumb-init catatonit; do
	[ -x "/usr/bin/$init" ] || MISSING+=" $init"
done

# write_supervisor_conf: the scan directory, in its language.
write_supervisor_conf() {
	local directory
	printf '[supervisord]\nnodaemon=true\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile=%s/pid\nminfds=1024\nchildlogdir=%s\n' "$PWD" "$PWD"
	printf '[unix_http_server]\nfile=%s/socket\n[supervisorctl]\nserverurl=unix://%s/socket\n' "$PWD" "$PWD"
	printf '[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n'
	for directory in scan/*/; do
		directory=${directory%/}
		printf '[program:%s]\ndirectory=%s\n' "${directory#scan/}" "$PWD/$directory"
		printf 'command=%s/run\nstartsecs=0\nstopwaitsecs=5\n' "$PWD/$directory"
		printf 'stderr_logfile=/dev/null\nstderr_logfile_maxbytes=0\n'
		[ -d "$directory/log" ] || printf 'stdout_logfile=/dev/null\nstdout_logfile_maxbytes=0\n'
	done
}
