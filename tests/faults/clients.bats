# Each system call of svc, svstat and svok fails, once at each place and from there on: they end in
# time, with the right code and words, no half of a command arrives, no other service gets it, and what
# can be said of other services is said.

load ../helper
load ../service
load sweep

setup() {
	need_faults
}

# ends_with CODES: what is traced ends with one of them, and says why unless that is the first.
ends_with() {
	code=0
	wait_until gone $traced
	wait $traced || code=$?
	[[ " $* " == *" $code "* ]] || broken "exit $code: $(cat err)"
	[ $code = "$1" ] || [ -s err ] || [[ $PWD == */write*+ ]] || broken "exit $code without a word"
}

# sweep_client NAME LEAST: also failures that do not end any more.
sweep_client() {
	clean
	once_cases >once
	side_by_side 8 fail_once < <(cat once; sed 's/$/+/' once)
	report "$@"
}

# ---- svc -------------------------------------------------------------------------------------------

# pretend_two: a and b, and others of these names in $SVDIR, which nobody means.
pretend_two() {
	local dir
	for dir in a b elsewhere/a elsewhere/b; do
		mkdir -p $dir/supervise
		mkfifo $dir/supervise/{control,ok}
	done
	exec 5<>a/supervise/control 6<>a/supervise/ok 7<>b/supervise/control 8<>b/supervise/ok
	exec 9<>elsewhere/a/supervise/ok 10<>elsewhere/b/supervise/ok
	exec 11<>elsewhere/a/supervise/control 12<>elsewhere/b/supervise/control
	export SVDIR=$PWD/elsewhere
}

# arrived FD: notes how many got the command; one that did got all of it, and nothing else.
arrived() {
	local bytes=""
	read -r -t 0 -u $1 || return 0
	read -r -N 2 -u $1 bytes
	[ "$bytes" = ud ] || broken "half a command: $bytes"
	! read -r -t 0 -u $1 || broken "more than the command"
	count=$((count + 1))
}

@test "svc: what it says is so, and a command arrives whole or not at all" {
	story() {
		count=0
		pretend_two
		phase svc
		traced svc -e -ud a b
		ends_with 0 111 102 100
		arrived 5
		arrived 7
		if read -r -t 0 -u 11 || read -r -t 0 -u 12; then broken "another service got it"; fi
		if [ $code = 0 ]; then [ $count = 2 ]; else [ $count -lt 2 ]; fi ||
			broken "exit $code, but $count got it: $(cat err)"
		[ $code = 0 ] || grep -q ': fatal: ' err || [ "$(lines err)" = $((2 - count)) ] || [[ $PWD == */write*+ ]] ||
			broken "$count got it: $(cat err)"
	}
	sweep_client svc 15
}

@test "svc -w: it waits until it is so, or says that it cannot" {
	story() {
		make_service web
		echo 20 20 >web/backoff
		background supervise web 2>said
		local supervise=$!
		wait_until svok web
		phase svc-w
		traced svc -wr -T 4000 web
		# A failure that lasts may be one to look, and the time runs out.
		ends_with 0 111 102 99
		svc -wdx web || wait_until gone $supervise
	}
	sweep_client "svc -w" 20
}

# ---- svstat and svok -------------------------------------------------------------------------------

# make_three: one is up, one down, one without supervise.
make_three() {
	make_service a
	make_service b
	make_service c
	: >b/down
	background supervise a 2>/dev/null
	background supervise b 2>/dev/null
	wait_until is_up svstat a
	wait_until is_down svstat b
	export SVDIR=$PWD
}

# shown FORM...: what svstat says of a service is true, or that it cannot say; one failure costs one
# line at most.
show() {
	phase svstat
	traced svstat "$@" >out
	ends_with 0 111
	sed -E -i 's/[0-9]+ seconds?/N seconds/g' out
	[ -e ../clean.out ] || cp out ../clean.out
	[ $code = 0 ] || return 0
	[ "$(lines out)" = "$(lines ../clean.out)" ] || broken "lines: $(cat out)"
	diff ../clean.out out | sed -n 's/^> //p' >other
	[[ $PWD == *+ ]] || [ ! -s other ] || [ "$(lines other)" = 1 ] || broken "several: $(cat other)"
	! grep -v 'unable to' other || broken "not true: $(cat other)"
}

# for each form, since they read different files
shows() {
	form=($*)
	make_three
	story() {
		ln -s ../a ../b ../c .
		show "${form[@]}"
	}
	sweep_client "svstat $1" 15
}

@test "svstat: a failure costs the line of one service" {
	shows "" a b c
}

@test "svstat -v: a failure costs the line of one service" {
	shows -v a b c
}

@test "svstat -j: a failure costs what is known of one service" {
	shows -j a b c
}

@test "svok: a failure is not taken for the absence of supervise" {
	make_three
	story() {
		ln -s ../a .
		phase svok
		traced svok a
		ends_with 0 111
	}
	sweep_client svok 8
}
