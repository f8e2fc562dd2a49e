# No process can be made for 6 s, by a pids control group or by RLIMIT_NPROC: meanwhile svscan,
# supervise and multilog neither spin nor say the same twice; when there are processes again, all that
# was due is done at once. Prints how long that took; bench/fork.sh tells more of it.

load ../helper
load ../service
load ../scanner

HUNGRY_S=6
BACK_S=30 # twenty times what is promised: the machine may be loaded

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# The service talker has a logger with a processor; lonely has none.
furnish() {
	mkdir scan
	printf '#!/bin/sh\necho line\nexec sleep 100000\n' | service talker
	printf '#!/bin/sh\nexec multilog "!cat" s4096 n1000 ./main\n' | script sv/talker/log/run
	printf '#!/bin/sh\nexec sleep 100000\n' | service lonely
}

# by_group: all below svscan are in a control group, whose limit can be reached.
by_group() {
	mkdir "/sys/fs/cgroup/pids/upkeep-fork-$$" 2>/dev/null || skip "needs control groups"
	group=/sys/fs/cgroup/pids/upkeep-fork-$$
	before=(sh -c 'echo 0 >"$1/cgroup.procs" && shift && exec "$@"' in_group "$group")
	forbid() { echo 0 >"$group/pids.max"; }
	allow() { echo max >"$group/pids.max"; }
}

# by_user: all below svscan belong to a user who is not root, and the limit is that of each process.
by_user() {
	before=()
	if [ "$(id -u)" = 0 ]; then
		chmod -R a+rwX .
		before=(setpriv --reuid 54323 --regid 54323 --clear-groups)
	fi
	forbid() { limit 0; }
	allow() { limit "$(ulimit -Hu)"; }
	limit() { for pid in $(started_by_us); do "${before[@]}" prlimit --pid "$pid" --nproc="$1:" || gone "$pid"; done; }
}

teardown() {
	end_all
	[ -z "${group:-}" ] || wait_until rmdir "$group"
}

# cpu: the nanoseconds that PID... have been running.
cpu() {
	local pid sum=0
	for pid; do sum=$((sum + $(cut -d' ' -f1 "/proc/$pid/schedstat"))); done
	echo $sum
}

# daemons: those that have nothing to do now.
daemons() { echo "$scanner" "$(supervise_of sv/lonely)" "$(supervise_of sv/talker/log)" "$(pid_of svstat sv/talker/log)"; }

archives() { ls sv/talker/log/main | grep -c '^@.*s$' || true; }
other_lonely() { local pid; pid=$(pid_of svstat sv/lonely) && [ -n "$pid" ] && [ "$pid" != "$lonely" ]; }
processed() { [ "$(archives)" -gt "$files" ]; }

# since WHAT COMMAND...: how many milliseconds after the end of the shortage COMMAND succeeds.
since() {
	local what=$1 ms
	shift
	until "$@"; do
		[ $((${EPOCHREALTIME/./} - allowed)) -lt $((BACK_S * 1000000)) ] || {
			echo "$what is not back: $(cat err)" >&2
			return 1
		}
		sleep 0.01
	done
	ms=$(((${EPOCHREALTIME/./} - allowed) / 1000))
	echo "# ${BATS_TEST_DESCRIPTION#*, }: $what is back after $ms ms" >&3
}

hungry() {
	local used who
	furnish
	"$1"
	background "${before[@]}" svscan -t 600000 scan 2>>err
	scanner=$!
	wait_until up sv/talker sv/talker/log sv/lonely
	wait_until [ -s sv/talker/log/main/current ]
	lonely=$(pid_of svstat sv/lonely) talker=$(pid_of svstat sv/talker)
	was=$(supervise_of sv/talker) files=$(archives) who=$(daemons)
	forbid
	used=$(cpu $who)
	kill -KILL "$lonely" "$was"
	kill -ALRM "$(pid_of svstat sv/talker/log)"
	sleep $HUNGRY_S
	used=$(($(cpu $who) - used))
	run ! processed
	allow
	allowed=${EPOCHREALTIME/./}
	since supervise other_lonely
	since svscan revived sv/talker "$was"
	since multilog processed
	[ "$(pid_of svstat sv/talker)" = "$talker" ] # the same, adopted
	[ "$(sort err | uniq -c | sed 's/^ *//')" = "1 multilog: warning: unable to fork for processor in ./main, pausing: temporary failure
1 supervise: warning: unable to fork for lonely: temporary failure
1 svscan: warning: unable to fork for talker: temporary failure" ]
	[ "$used" -le $((HUNGRY_S * 20000000)) ] || { echo "$used ns" >&2; false; } # 2 %
	kill -TERM "$scanner"
	wait_until gone "$scanner"
}

@test "no process for 6 s, by a control group" {
	hungry by_group
}

@test "no process for 6 s, by a limit of the user" {
	hungry by_user
}
