# Each system call by which multilog takes, keeps and writes lines fails once in several places,
# with each error of faults.bash: nothing is lost, repeated or torn, it does
# not end and goes on.

load helper
load faults

setup() {
	need_faults
}

# fails CALL ERROR WHEN: once the start is over, since what fails there ends it.
fails() {
		mkfifo in
	strace -qq -o trace -e trace="?$1" -e inject="?$1:error=$2:when=$3" \
		multilog "${script[@]}" <in 2>err 3>&- 4>&- 9>&- &
	local logger=$!
	exec 9>in
	# Nobody reads them if the start has failed.
	head -n 1000 input 2>/dev/null >&9 || true
	tail -n 1000 input 2>/dev/null >&9 || true
	exec 9>&-
	local code=0
	wait $logger || code=$?
	grep -q INJECTED trace && touch ../injected.$1.$2.$3
	# At the start failures are fatal, for us as for the loader, and nothing is taken.
	if [[ $code =~ ^(111|127)$ ]] && [ ! -s log/current ]; then
		touch ../fatal.$1.$2.$3
		return 0
	fi
	[ "$code" = 0 ] && whole || {
		echo "$1 $2 $3: exit $code; $(grep multilog: err)" >&2
		return 1
	}
}

# places CALL: the last two places where the undisturbed run makes it, and one in the middle.
places() {
	local all
	all=$(grep -c "^$1(" trace)
	[ "$all" -gt 0 ] || return 0
	printf '%s\n' $((all / 2 + 1)) $((all > 1 ? all - 1 : 1)) "$all" | sort -nu
}

# Each pause is 5 s: the cases wait side by side.
sweep() {
	cat input | strace -qq -o trace multilog "${script[@]}"
	local call errors error when count=0 running=()
	while read -r call errors; do
		for error in $errors; do
			for when in $(places $call); do
				count=$((count + 1))
				(mkdir -p $count && cd $count && cp ../input . && fails $call $error $when) &
				running+=($!)
			done
		done
	done < <(faults)
	for call in "${running[@]}"; do
		wait $call
	done
	echo "# $(ls | grep -c injected) of $count faults happened, $(ls | grep -c fatal) at the start" >&3
}

@test "one failure of each call while lines go straight into current" {
	script=(s4096 n100 ./log) first=1
	sweep
}

@test "one failure of each call while lines are spooled" {
	script=(t s4096 n100 ./log) first=27
	sweep
}

@test "one failure of each call with a status file, alerts, a processor and two directories" {
	script=("${everything[@]}") first=27
	sweep
}
