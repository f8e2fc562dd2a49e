# When a service counts as ready, by its own word or by ./check, and what its health leads to.

load helper
load service
load life

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# says_so FD: a run that writes a newline to FD once ./go exists.
says_so() {
	setting web/notification-fd "$1"
	script web/run <<-X
	while [ ! -e ../go ]; do sleep 0.02; done
	bash -c 'echo >&$1'
	exec sleep 100000
	X
}

# ---- notification-fd

@test "a newline in notification-fd makes it ready, whatever the number" {
	local fd
	for fd in 3 4 9 200; do
		says_so $fd
		start web
		wait_until state_is web up
		key_is web ready_since ''
		: >go
		wait_until state_is web ready
		[[ $(key web ready_since) == @* ]]
		[[ $(key web since) < $(key web ready_since) ]]
		svc -dx web
		wait_until gone $supervisor
		rm go
	done
	[ ! -s err ]
}

@test "0, 1, 2 and what the limit does not allow: one warning each, and it runs" {
	local fd
	make_service web
	for fd in 0 1 2 2000; do
		setting web/notification-fd $fd
		start web prlimit --nofile=1024:1024
		wait_until state_is web ready
		said "supervise: warning: web/notification-fd: \"$fd\" is not the number of a descriptor" 1
		svc -dx web
		wait_until gone $supervisor
	done
	[ "$(lines err)" = 4 ]
}

@test "who never writes, writes no newline, or closes it, is up and not ready, and costs nothing" {
	local run
	setting web/notification-fd 4
	for run in '' 'printf "almost" >&4' 'exec 4>&-' 'printf "a\0b" >&4; exec 4<&-'; do
		printf '%s\necho armed >>../events\nexec sleep 100000\n' "$run" | script web/run
		start web
		wait_until happened armed 1
		obeyed web h # it has had a turn
		run ! state_is web ready
		svc -dx web
		wait_until gone $supervisor
		rm events
	done
	printf 'trap "" HUP\nprintf almost >&4\necho armed >>../events\nsleep 0.2\nprintf "there\\n" >&4\nexec sleep 100000\n' | script web/run
	start web
	wait_until state_is web ready
	[ ! -s err ]
}

@test "what a run of before has said does not make the next one ready" {
	says_so 3
	: >go
	start web
	wait_until state_is web ready
	rm go
	obeyed web t
	wait_until key_is web deaths 1
	wait_until state_is web up
	key_is web ready_since ''
	: >go
	wait_until state_is web ready
}

@test "the other scripts, and what is not asked for, get no such descriptor" {
	setting web/notification-fd 9
	local name
	for name in start finish stop run; do
		printf 'if { true >&9; } 2>/dev/null; then echo "%s has it"; else echo "%s"; fi >>../events\n' $name $name | script web/$name
	done
	echo 'exec sleep 100000' >>web/run
	start web
	wait_until happened 'run has it' 1
	obeyed web d
	wait_until state_is web down
	events_are 'start run has it finish stop'
	rm web/notification-fd events
	obeyed web u
	wait_until state_is web ready
	wait_until events_are 'start run'
}

@test "what a service goes on saying in notification-fd does not hold it up" {
	setting web/notification-fd 7
	script web/run <<-'X'
	echo >&7
	until [ -e ../more ]; do sleep 0.02; done
	head -c 500000 /dev/zero >&7
	echo said >>../events
	exec sleep 100000
	X
	start web
	wait_until state_is web ready
	murder # nor after an adoption
	start web
	wait_until is_ours web
	: >more
	wait_until happened said 1
	key_is web deaths 0
}

# share PID: how many hundredths of a second it has computed so far.
uptime() { tr -d . </proc/uptime | cut -d' ' -f1; }
share() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }

@test "who writes into notification-fd all the time, newlines or none, keeps nobody busy but itself" {
	local before began what
	setting web/notification-fd 7
	for what in '\n' x; do
		printf 'echo >../began\nexec tr "\\0" "%s" </dev/zero >&7\n' "$what" | script web/run
		rm -f began
		start web
		wait_until test -e began
		[ "$what" = x ] || wait_until state_is web ready
		before=$(share "$supervisor")
		began=$(uptime)
		sleep 1 # no event to wait for: all that counts is how much it computes meanwhile
		(($(share "$supervisor") - before <= 5 + ($(uptime) - began) / 10))
		svc -dx web
		wait_until gone "$supervisor"
	done
}

@test "a run that has said so and died is dead" {
	setting web/notification-fd 3
	setting web/max-deaths 0
	printf 'echo >&3\nexit 4\n' | script web/run
	start web
	wait_until state_is web failed
	key_is web exit 4
}

# ---- check

# checked: a service and its check, which succeeds as soon as ./good exists.
checked() {
	make_service web
	tell web/check 'read x; [ "$x" = "" ] || exit 1' 'echo to nobody' '[ -e ../good ]'
}

@test "without notification-fd check is asked until it succeeds, after 100 ms, doubling" {
	checked
	printf 'date +%%s%%N >>../asked; [ -e ../good ]\n' | script web/check
	start web
	wait_until state_is web up
	asked() { [ "$(lines asked)" -ge "$1" ]; }
	wait_until asked 5
	state_is web up
	: >good
	wait_until state_is web ready
	local -a at
	mapfile -t at <asked
	local i least=200
	for i in 1 2 3 4; do # never sooner; how much later the machine decides
		[ $(((at[i] - at[i - 1]) / 1000000)) -ge $((least - 5)) ]
		least=$((2 * least))
	done
	# Once it is ready nobody asks again.
	local count
	count=$(lines asked)
	obeyed web h
	sleep 0.5
	[ "$(lines asked)" -le $((count + 1)) ]
	[ ! -s err ]
}

@test "a check is asked with /dev/null, in a group of its own, and what it starts ends with it" {
	make_service web
	setting web/timeout-check 600000
	script web/check <<-'X'
	exec >>../asked
	readlink /proc/self/fd/0
	ps -o pgid= -p $$ | tr -d ' '; echo $$
	sleep 100001 &
	echo $!
	X
	sed -i 's|^exec >>../asked|ls -l /proc/$$/fd/1 \| sed "s/.*-> //" >../stdout; &|' web/check
	start web
	wait_until state_is web ready
	local -a said
	mapfile -t said <asked
	[ "${said[0]}" = /dev/null ] && [ "${said[1]}" = "${said[2]}" ]
	[ "$(cat stdout)" = /dev/null ]
	wait_until gone "${said[3]}"
}

@test "a check that hangs is killed after timeout-check and asked again; commands are obeyed meanwhile" {
	make_service web
	setting web/timeout-check 1000
	tell web/check 'trap "" TERM' '[ -e ../good ] && exit' 'sleep 100001 & echo $! >../child' 'sleep 100002'
	start web
	wait_until happened check 2
	state_is web up
	obeyed web pc
	: >good
	wait_until state_is web ready
	two_left() { [ "$(started_by_us >left && lines left)" = 2 ]; }
	wait_until two_left # supervise and run
}

@test "a check that prints megabytes is not held up, one that cannot be executed is said once" {
	make_service web
	tell web/check 'head -c 20000000 /dev/zero' 'echo oops >&2'
	start web
	wait_until state_is web ready
	said oops 1
	chmod -x web/check
	obeyed web t
	wait_until key_is web deaths 1
	wait_until state_is web up
	wait_until said 'supervise: warning: unable to start web/check: access denied' 1
	chmod +x web/check
	wait_until state_is web ready
	[ "$(lines err)" = 3 ]
}

@test "with notification-fd check says nothing about readiness" {
	says_so 3
	tell web/check
	start web
	wait_until state_is web up
	: >go
	wait_until state_is web ready
	[ ! -e events ]
}

# ---- Health

@test "three failed checks in a row: not healthy, restarted; fewer are nothing" {
	make_service web
	setting web/check-interval 60
	setting web/timeout-check 600000
	setting web/backoff '0 1'
	tell web/check '[ -e ../good ] || { echo >>../bad; exit 1; }' '[ -e ../flaky ] || exit 0' \
		'n=$(cat ../count 2>/dev/null || echo 0); echo $((n + 1)) >../count; [ $((n % 3)) = 2 ]'
	: >good
	start web
	wait_until state_is web ready
	wait_until key_is web healthy 1
	local pid
	pid=$(key web pid)
	: >flaky # two fail, the third is well
	wait_until contains count 9
	key_is web pid "$pid"
	key_is web healthy 1
	script web/finish <<-'X'
	echo $(sed -n "s/^healthy=//p" supervise/state) $(wc -l <../bad) >>../finished
	X
	rm flaky
	local asked
	asked=$(lines events)
	well_again() { [ "$(lines events)" -gt $((asked + 1)) ]; }
	wait_until well_again
	rm good
	wait_until key_is web deaths 1
	wait_until test -s finished
	[ "$(head -1 finished)" = '0 3' ] # the state says why, and it took no more than three
	key_is web signal TERM
	wait_until state_is web up
	key_is web healthy 0 # until it is known to be well
	: >good
	wait_until state_is web ready
	wait_until key_is web healthy 1
	said 'supervise: warning: web is not healthy, restarting it: check has failed 3 times in a row' 1
	[ "$(lines err)" = 1 ]
}

@test "a check that cannot be executed says nothing about the health of the service" {
	make_service web
	setting web/check-interval 20
	tell web/check
	start web
	wait_until state_is web ready
	chmod -x web/check
	wait_until contains err "supervise: warning: unable to start web/check: "
	local asked
	asked=$(lines events)
	obeyed web h
	chmod +x web/check
	more_asked() { [ "$(lines events)" -gt $((asked + 3)) ]; }
	wait_until more_asked
	wait_until key_is web deaths 1 # by the HUP
	[ "$(lines err)" = 1 ]
}

@test "without check-interval it is asked once only; an interval without check does nothing" {
	make_service web
	tell web/check
	start web
	wait_until state_is web ready
	svc -dx web
	wait_until gone $supervisor
	happened check 1
	rm web/check
	setting web/check-interval 20
	start web
	wait_until state_is web ready
	key_is web healthy ''
	[ ! -s err ]
}

@test "an unhealthy service's death counts against max-deaths, and finish is run" {
	make_service web
	tell web/finish
	setting web/check-interval 20
	setting web/timeout-check 600000
	setting web/max-deaths 0
	setting web/notification-fd 3
	printf 'echo >&3\nexec sleep 100000\n' | script web/run
	tell web/check 'exit 1'
	start web
	wait_until state_is web failed
	happened check 3
	happened 'finish 256 15 web .*' 1
}

only_run() { [ "$(pgrep -cP "$supervisor")" = 1 ]; }

@test "a check that hangs is one that failed; while it is paused nobody asks" {
	make_service web
	setting web/check-interval 20
	setting web/timeout-check 1000
	setting web/backoff '0 1'
	tell web/check '[ -e ../hang ] || exit 0' 'sleep 100001'
	start web
	wait_until state_is web ready
	wait_until key_is web healthy 1
	obeyed web p
	wait_until only_run # a check may have been on its way
	local deaths
	deaths=$(key web deaths) # of a machine too slow for the check
	: >hang
	: >events
	sleep 0.5
	[ ! -s events ]
	key_is web deaths "$deaths"
	obeyed web c
	wait_until key_is web deaths $((deaths + 1))
	key_is web signal TERM
}

@test "a service that dies takes its check with it" {
	make_service web
	setting web/backoff '100000 100000'
	tell web/check 'echo $$ >../checker.new; mv ../checker.new ../checker' 'sleep 100001'
	start web
	wait_until test -e checker
	obeyed web t
	wait_until state_is web backoff
	wait_until gone "$(cat checker)"
	wait_until key_is web strays 0
}
