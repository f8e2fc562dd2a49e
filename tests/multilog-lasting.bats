# Each system call by which multilog takes, keeps and writes lines fails for three seconds,
# with each error of faults.bash: nothing is lost, repeated or torn, it does
# not end or spin, and goes on when it is over.

load helper
load faults

setup() {
	need_faults
}

# lasts CALL ERROR: it fails for 3 s in a multilog that runs; then no more. What it did meanwhile is in
# trace.
lasts() {
	mkfifo in
	multilog "${script[@]}" <in 2>err 3>&- 4>&- 9>&- &
	local logger=$! code=0 begun=$SECONDS seconds
	exec 9>in
	head -n 1 input >&9
	wait_until [ -s log/current ]
	strace -p $logger -o trace -e inject="?$1:error=$2" 2>said 3>&- 4>&- 9>&- &
	local strace=$!
	wait_until contains said attached
	sed -n 2,1000p input >&9
	kill -ALRM $logger
	sleep 3
	kill -INT $strace
	wait $strace || true
	seconds=$((SECONDS - begun + 1)) # more than three where much else runs
	sed -n '1001,$p' input >&9
	exec 9>&-
	wait_until gone $logger
	wait $logger || code=$?
	[ "$code" = 0 ] && [ -x log/current ] && whole || {
		echo "$1 $2: exit $code; $(grep multilog: err)" >&2
		return 1
	}
	grep -q INJECTED trace && touch ../injected.$1.$2
	[ "$(wc -l <trace)" -le $((700 * seconds)) ] || {
		echo "$1 $2: $(wc -l <trace) calls in $seconds s; $(tail -n 5 trace)" >&2
		return 1
	}
}

sweep_lasting() {
	local call errors error count=0 running=()
	while read -r call errors; do
		for error in $errors; do
			[ $error != EINTR ] || continue # begins again at once; and who would interrupt it for so long?
			count=$((count + 1))
			(mkdir $call.$error && cd $call.$error && cp ../input . && lasts $call $error) &
			running+=($!)
		done
	done < <(faults)
	for call in "${running[@]}"; do
		wait $call
	done
	echo "# $(ls | grep -c injected) of $count faults happened" >&3
}

@test "failures of each call for three seconds while lines go straight into current" {
	script=(s4096 n100 ./log) first=1
	sweep_lasting
}

@test "failures of each call for three seconds while lines are spooled" {
	script=(t s4096 n100 ./log) first=27
	sweep_lasting
}

@test "failures of each call for three seconds with a processor and all the rest" {
	script=("${everything[@]}") first=27
	sweep_lasting
}
