# Each system call of svscan fails, with each likely error of its page: once, in several places, and
# for 3 s; while links come and go and supervises die, while everything stops, and when it begins. As
# process 1 and not, with a log of its own and without, and as the heir of a killed one. It does not
# end, hang or spin; no service is lost or started twice, no line of their logs is missing, and what
# happened meanwhile is made good. FAULTS_ALL=1: all errors, all worlds, many places (make check-all).

load ../helper
load sweep
load svscan

setup() {
	need_faults
	command -v perl >/dev/null || skip "needs perl"
	worlds=(no "no own" heir)
	[ "$(id -u)" != 0 ] || worlds+=("first own" first)
	LANES=$((${FAULTS_ALL:+2 *} ${#worlds[@]}))
}

# in_world NUMBER: svscan runs in one of these.
in_world() {
	local which=(${worlds[$1 % ${#worlds[@]}]})
	as=${which[0]} happened=0 tried=0 fatal=0
	world ${which[1]}
}

# mine LANE [STRIDE]: whether this lane is to try the next point: all lanes of a world share all of
# them, or in the short form all lanes share every STRIDEth, an ordinary user others than root.
point=0
mine() {
	local stride=${2:-1}
	point=$((point + 1))
	if [ -n "${FAULTS_ALL:-}" ]; then
		[ $((point % 2)) = $(($1 / ${#worlds[@]})) ] || return 1
	else
		[ $((point % stride)) = $(($(id -u) == 0 ? 0 : stride - 1)) ] || return 1
		[ $((point / stride % LANES)) = "$1" ] || return 1
	fi
	tried=$((tried + 1))
}

# places_of COUNT: where to let a call fail that is made so often.
places_of() {
	local all=$1 many=${FAULTS_ALL:+12}
	{ seq 1 $((all / ${many:-2} + 1)) "$all"; echo "$all"; } | sort -nu
}

# ends_well: its stop, and what it has come to.
ends_well() {
	terminate
	ended
	echo "$tried $happened" >points
}

once_while_it_runs() {
	local call error place count
	in_world "$1"
	begin
	watch_it -e trace=all
	events
	wait_until right || accuse "no fault"
	watch_no_more
	mv trace usual
	known usual
	while read -r call error; do
		count=$(calls "$call" usual) || continue
		for place in $(places_of "$count"); do
			mine "$1" 2 || continue
			fails_once "$call" "$error" "$place" || return 1
		done
	done < <(faults)
	ends_well
}

@test "each call fails once while things happen" {
	lanes $LANES once_while_it_runs
}

long_while_it_runs() {
	local call error
	in_world "$1"
	begin
	watch_it -f -b execve -e trace=all
	usual=$(cpu)
	events
	wait_until right || accuse "no fault"
	usual=$(($(cpu) - usual))
	watch_no_more
	sed 's/^[0-9]* *//' trace >usual
	while read -r call error; do
		[ $error != EINTR ] || continue # nobody interrupts it for so long
		calls "$call" usual >count || continue
		mine "$1" 1 || continue
		fails_long "$call" "$error" || return 1
	done < <(faults)
	ends_well
}

@test "each call fails for 3 s while things happen" {
	lanes $LANES long_while_it_runs
}

# the_stop LANE: what it does when nothing fails, in usual; and what time that takes it.
the_stop() {
	in_world "$1"
	begin
	watch_it -e trace=all
	terminate
	ended
	usual=20000000 # nanoseconds; what it takes itself is a tenth of that
	watch_no_more
	mv trace usual
	known usual
}

once_at_the_stop() {
	local call error place count
	the_stop "$1"
	while read -r call error; do
		count=$(calls "$call" usual) || continue
		for place in $(places_of "$count"); do
			mine "$1" 3 || continue
			begin && stop_fails "$call" "$error" "$place" || return 1
		done
	done < <(faults)
	echo "$tried $happened" >points
}

@test "each call fails once at the stop" {
	lanes $LANES once_at_the_stop
}

long_at_the_stop() {
	local call error
	the_stop "$1"
	while read -r call error; do
		[ $error != EINTR ] || continue
		calls "$call" usual >count || continue
		mine "$1" 2 || continue
		begin && stop_fails "$call" "$error" || return 1
	done < <(faults)
	echo "$tried $happened" >points
}

@test "each call fails for 3 s at the stop" {
	lanes $LANES long_at_the_stop
}

# the_start LANE: what is called before the program itself begins, in before, and until it waits for
# the first time, in usual.
the_start() {
	in_world "$1"
	prepare
	watch_it -e trace=all
	release
	has_begun
	watch_no_more
	sed '/^fcntl(0, F_GETFD)/,$d' trace >before
	sed '1,/^fcntl(0, F_GETFD)/d;/^ppoll(/,$d' trace >usual
	known usual
	terminate
	ended
}

once_at_the_start() {
	local call error place count before
	the_start "$1"
	while read -r call error; do
		count=$(calls "$call" usual) || continue
		before=$(calls "$call" before) || true
		for place in $(places_of "$count"); do
			mine "$1" 3 || continue
			start_fails "$call" "$error" $((before + place)) || return 1
		done
	done < <(faults)
	echo "$tried $happened" >points
}

@test "each call fails once at the start" {
	lanes $LANES once_at_the_start
}

long_at_the_start() {
	local call error before
	the_start "$1"
	while read -r call error; do
		[ $error != EINTR ] || continue
		calls "$call" usual >count || continue
		before=$(calls "$call" before) || true
		mine "$1" 2 || continue
		start_fails "$call" "$error" $((before + 1))+ || return 1
	done < <(faults)
	echo "$tried $happened" >points
}

@test "each call fails for 3 s at the start" {
	lanes $LANES long_at_the_start
}

# altered FILE SED-SCRIPT: svscan with that line of the source changed, in front of ours.
altered() {
	command -v cc >/dev/null || skip "needs a compiler"
	cp -r "$TOP/svscan" "$TOP/lib" .
	rm svscan/readproctitle.c
	cp "$1" unaltered
	sed -i "$2" "$1"
	run -1 cmp -s "$1" unaltered
	mkdir bin
	cc -std=c11 -D_GNU_SOURCE -DVERSION='"altered"' -Ilib -o bin/svscan svscan/*.c lib/*.c
	PATH=$PWD/bin:$PATH
}

@test "a planted bug is found: a directory that cannot be read is taken for an empty one" {
	altered svscan/look.c 's/if (meet_all(look, scan, now_ms))/if (meet_all(look, scan, now_ms) || 1)/'
	in_world 0
	begin
	LIMIT=10 # for what does not come
	run fails_long getdents64 EIO
	[ "$status" != 0 ]
	[[ $output == *'getdents64 EIO for 3 s'* ]]
	[ "$(cat sv/a/starts sv/b/starts | wc -l)" -gt 2 ]
}

unknown_pipe() {
	local before
	the_start "$1"
	before=$(calls fstatfs before) || true
	start_fails fstatfs EIO $((before + 1))+ || return 1
	echo 1 $happened >points
	[ $happened = 1 ]
}

@test "while nobody can tell which pipe was the predecessor's, none is made in its place" {
	worlds=(heir)
	lanes 1 unknown_pipe
}

@test "its own log comes to its end although standard error cannot be put back at once" {
	in_world 1
	begin
	stop_fails dup2 EBUSY 1
	[ $happened = 1 ]
	run ! grep -rq 'killing the logger' err scan/.svscan/log/main
}
