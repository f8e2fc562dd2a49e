# How soon a service is started again and when it is not.

load helper
load service
load life

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# dying: a service that writes down when it is started, in ms, and dies.
dying() {
	script web/run <<-'X'
	echo $(($(date +%s%N) / 1000000)) >>../starts
	exit 1
	X
}

# now: in ms, as a run writes it.
now() { echo $(($(date +%s%N) / 1000000)); }

started() { [ "$(cat starts 2>/dev/null | wc -l)" -ge "$1" ]; }

# ---- backoff

@test "backoff doubles from start to start up to its maximum; state tells when the next one is" {
	dying
	setting web/backoff '100 800'
	local -a at
	local i pause=100 least=0 begun
	begun=$(now)
	start web
	wait_until started 7
	mapfile -t at <starts
	for i in 1 2 3 4 5 6; do
		# Not from one to the next: each is written as late as the machine likes, the first one, too.
		least=$((least + pause))
		[ $((at[i] - begun)) -ge $((least - 5)) ]
		[ $pause = 800 ] || pause=$((2 * pause))
	done
	# One look: it goes on.
	in_pause() { cp web/supervise/state seen && grep -qx state=backoff seen; }
	wait_until in_pause
	grep -qx backoff=800 seen
	grep -qx 'next_start=@.*' seen
	[[ $(sed -n 's/^next_start=//p' seen) > $(sed -n 's/^since=//p' seen) ]]
}

@test "u, o and r start at once and begin with the shortest pause again; d ends it" {
	local letter count
	dying
	setting web/backoff '100000 1000000'
	start web
	wait_until state_is web backoff
	for letter in u r o u; do
		count=$(lines starts)
		obeyed web $letter
		wait_until started $((count + 1))
		wait_until key_is web deaths $((count + 1))
		if [ $letter = o ]; then
			wait_until state_is web down
		else
			wait_until state_is web backoff
			key_is web backoff 200000 # had the first one not been forgotten: 400000
		fi
	done
	count=$(lines starts)
	obeyed web d
	wait_until state_is web down
	key_is web next_start ''
	obeyed web p
	[ "$(lines starts)" = "$count" ]
}

@test "O in the pause calls the start off, with the stop that is owed" {
	dying
	tell web/stop
	setting web/backoff '100000 100000'
	start web
	wait_until state_is web backoff
	obeyed web O
	wait_until state_is web down
	events_are stop
	[ "$(lines starts)" = 1 ]
}

@test "x in the pause leaves at once, after the stop that is owed" {
	dying
	tell web/stop
	setting web/backoff '100000 100000'
	start web
	wait_until state_is web backoff
	svc -x web
	wait_until gone $supervisor
	events_are stop
}

@test "without the file, and with 1000 1000: a second from start to start" {
	dying
	local begun
	begun=$(now)
	start web
	wait_until started 4
	local -a at
	mapfile -t at <starts
	[ $((at[3] - begun)) -ge 2995 ]
	wait_until key_is web backoff 1000
}

# ---- max-deaths

@test "max-deaths: one death more than N within MS is one too many; 0 the first one" {
	dying
	tell web/finish
	tell web/stop
	tell web/start
	setting web/backoff '0 1'
	setting web/max-deaths '3 600000'
	start web
	wait_until state_is web failed
	[ "$(lines starts)" = 4 ]
	key_is web deaths 4
	[ "$(cut -d' ' -f1 events | tr '\n' ' ')" = "start finish finish finish finish stop " ]
	key_is web exit 1
	# The way out, and the count begins anew.
	obeyed web u
	wait_until started 8
	wait_until state_is web failed
	[ "$(lines starts)" = 8 ]
	setting web/max-deaths 0
	obeyed web u
	wait_until started 9
	wait_until state_is web failed
	[ "$(lines starts)" = 9 ]
	setting web/max-deaths '2 1' # too far apart to count
	setting web/backoff '50 50'
	obeyed web u
	wait_until started 15
}

@test "max-deaths counts on when supervise is killed, and it is said why it failed" {
	dying
	setting web/backoff '2000 2000'
	setting web/max-deaths '3 600000'
	start web
	some_counted() { [ "$(key web counted_deaths)" -ge 2 ]; }
	wait_until some_counted
	murder
	start web
	wait_until state_is web failed
	key_is web deaths 4
	key_is web counted_deaths 4
	said 'supervise: warning: web failed: died with exit code 1, more often than max-deaths allows' 1
}

@test "a death that was commanded is not taken for one that counts when supervise is killed" {
	make_service web
	setting web/backoff '0 1'
	setting web/max-deaths '1 3000'
	start web
	wait_until state_is web ready
	obeyed web t
	wait_until key_is web deaths 1
	wait_until state_is web ready
	kill -KILL "$(key web pid)"
	wait_until key_is web deaths 2
	wait_until state_is web ready
	sleep 3.1 # until that is so long ago that it does not count
	obeyed web t
	wait_until key_is web deaths 3
	wait_until state_is web ready
	key_is web counted_deaths 1
	key_is web counted_last 2
	murder
	start web
	wait_until is_ours web
	wait_until state_is web ready
	kill -KILL "$(key web pid)"
	wait_until key_is web deaths 4
	wait_until state_is web ready
	key_is web counted_last 5
	# This one is too much; or the one after it, if the machine took longer than that.
	too_much() {
		local deaths
		deaths=$(key web deaths)
		kill -KILL "$(key web pid)"
		wait_until key_is web deaths $((deaths + 1))
		comes_to_rest() { state_is web failed || state_is web ready; }
		wait_until comes_to_rest
		state_is web failed
	}
	wait_until too_much
}

@test "why a service failed is said: its start, its finish" {
	tell_all web
	tell web/start 'exit 3'
	start web
	wait_until state_is web failed
	said 'supervise: warning: web failed: start ended with exit code 3' 1
	tell web/start
	tell web/finish 'exit 125'
	obeyed web u
	wait_until state_is web ready
	obeyed web k
	wait_until state_is web failed
	said 'supervise: warning: web failed: finish exited with 125 after SIGKILL' 1
	[ "$(lines err)" = 2 ]
}

@test "u, o and r while the last run comes to its end: no pause after that" {
	local letters
	tell_all web
	tell web/finish 'until [ -e ../go ]; do sleep 0.02; done'
	setting web/timeout-finish 600000
	setting web/backoff '100000 100000'
	start web
	for letters in t,u d,u r, t,r d,o; do
		wait_until state_is web ready
		rm -f go
		svc "-${letters%,*}" web
		wait_until key_is web child finish
		[ -z "${letters#*,}" ] || obeyed web "${letters#*,}"
		: >go
		wait_until key_is web child run
	done
}

@test "what a command has ended is no such death: t, k, r, i, q, b, with and without a plus; d" {
	local letter count=0
	# Whoever runs this in the background has INT and QUIT ignored.
	# And while it waits for a command of its own, perl ignores them.
	tell web/run 'exec perl -e "\$SIG{INT} = \$SIG{QUIT} = q(DEFAULT); open F, q(>>../events); syswrite F, qq(armed\\n); sleep 100000"'
	setting web/max-deaths 0
	setting web/backoff '0 1'
	start web
	wait_until happened armed 1
	for letter in t k r i q b +t +k; do
		obeyed web $letter
		count=$((count + 1))
		wait_until happened armed $((count + 1))
	done
	obeyed web d
	wait_until state_is web down
	obeyed web u
	wait_until state_is web ready
	obeyed web h # HUP asks to read again: who dies of it is a casualty
	wait_until state_is web failed
}

@test "a signal that was survived excuses only the next ten seconds" {
	script web/run <<-'X'
	trap '' QUIT
	echo armed >>../events
	until rm ../end 2>/dev/null; do sleep 0.05; done
	exit 7
	X
	setting web/max-deaths 0
	setting web/backoff '0 1'
	start web
	wait_until happened armed 1
	obeyed web q
	: >end
	wait_until key_is web deaths 1
	wait_until happened armed 2 # it may have been that
	obeyed web q
	sleep 11 # no condition: the rule itself is a time
	: >end
	wait_until state_is web failed
	key_is web deaths 2
}

@test "an exit with 0 is a death; one that is wanted once only is not failed" {
	script web/run <<<'exit 0'
	setting web/max-deaths 0
	start web
	wait_until state_is web failed
	key_is web exit 0
	obeyed web d
	wait_until state_is web down
}

@test "the last eight deaths, the newest first" {
	script web/run <<-'X'
	n=$(cat ../n); echo $((n + 1)) >../n
	[ $n = 4 ] && kill -KILL $$
	exit $n
	X
	echo 1 >n
	setting web/max-deaths '9 100000'
	setting web/backoff '0 1'
	start web
	wait_until state_is web failed
	key_is web deaths 10
	local deaths
	deaths=$(key web last_deaths)
	[ "$(wc -w <<<"$deaths")" = 8 ]
	[ "$(tr ' ' '\n' <<<"$deaths" | cut -d/ -f2,3 | tr '\n' ' ')" = \
		"exit/10 exit/9 exit/8 exit/7 exit/6 exit/5 signal/KILL exit/3 " ]
	[ "$(tr ' ' '\n' <<<"$deaths" | cut -d/ -f1)" = "$(tr ' ' '\n' <<<"$deaths" | cut -d/ -f1 | sort -r)" ]
}

@test "a start that has no time to be executed is why, too" {
	command -v strace >/dev/null || skip "needs strace"
	export ASAN_OPTIONS=detect_leaks=0
	tell web/start 'exit 0'
	setting web/timeout-start 50
	start web strace -f -o /dev/null -e trace=execve -e inject=execve:delay_enter=3000000
	wait_until state_is web failed
	key_is web trouble start/signal/9
}
