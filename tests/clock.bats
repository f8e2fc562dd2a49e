# Clocks that jump: the wall clock while everything runs, by an hour back, a day ahead, and to 1970;
# and a monotonic clock that has just begun, or began ten years ago. Nothing but what is shown may
# notice, and what is shown is right again afterwards.

load helper
load service
load scanner
load life

HOUR_BACK=-3600
DAY_AHEAD=86400

setup_file() {
	[ "${VARIANT:-release}" != static ] || return 0 # bats 1.8 cannot skip here
	${CC:-cc} -shared -fPIC -D_GNU_SOURCE -o "$BATS_FILE_TMPDIR/stepclock.so" \
		"$BATS_TEST_DIRNAME/stepclock.c"
}

setup() {
	[ "${VARIANT:-release}" != static ] || skip "needs a dynamic build"
	cd "$BATS_TEST_TMPDIR"
	export STEPCLOCK=$PWD/clock ASAN_OPTIONS=verify_asan_link_order=0
	off=(env "LD_PRELOAD=$BATS_FILE_TMPDIR/stepclock.so") # a program with that clock
	to_1970=-$(($(date +%s) - 1000))
	set_clock 0
}

# set_clock SECONDS: for all programs behind ${off[@]}, from now on.
set_clock() {
	echo "$1" >clock.new
	mv clock.new clock
}

# lines_from FILE COUNT: it has at least so many.
lines_from() { [ -e "$1" ] && [ "$(lines "$1")" -ge "$2" ]; }

# seconds_shown DIR: how long svstat says that it has been so.
seconds_shown() { "${off[@]}" svstat "$1" | sed -n 's/.* \([0-9]*\) seconds.*/\1/p'; }

@test "the shim sets the wall clock off" {
	[ "$("${off[@]}" date -u +%Y)" = "$(date -u +%Y)" ]
	set_clock "$to_1970"
	[ "$("${off[@]}" date -u +%Y)" = 1970 ]
}

@test "a start comes in its time when the clock goes back, and not sooner when it goes ahead" {
	echo 'echo >>../starts' | script web/run
	setting web/backoff '300 300'
	start web "${off[@]}"
	local offset count=2
	for offset in $HOUR_BACK "$to_1970" $DAY_AHEAD 0; do
		wait_until lines_from starts $count # hours late they would not be
		set_clock "$offset"
		count=$((count + 2))
	done
	wait_until lines_from starts $count
	svc -dx web
	wait_until gone "$supervisor"

	rm starts
	setting web/backoff '600000 600000'
	start web "${off[@]}"
	wait_until lines_from starts 1
	wait_until state_is web backoff
	set_clock $DAY_AHEAD
	obeyed web c
	obeyed web c # the loop of supervise has turned since
	state_is web backoff
	[ "$(lines starts)" = 1 ]
}

@test "a limit ends in its time when the clock goes back, and not sooner when it goes ahead" {
	tell web/start 'exec sleep 100000'
	make_service web
	setting web/timeout-start 600000
	start web "${off[@]}"
	wait_until happened start 1
	set_clock $DAY_AHEAD
	obeyed web c
	obeyed web c
	state_is web starting
	svc -dx web
	wait_until gone "$supervisor"

	rm web/start
	tell web/run 'trap "" TERM' 'echo armed >>../events' 'while :; do sleep 0.1; done'
	setting web/timeout-kill 300
	start web "${off[@]}"
	wait_until happened armed 1
	svc -d web
	set_clock "$to_1970"
	wait_until key_is web signal KILL
}

@test "checks go on being asked, and nothing is called sick" {
	tell web/check
	make_service web
	setting web/check-interval 100
	setting web/timeout-check 60000
	start web "${off[@]}"
	wait_until key_is web healthy 1
	local offset count
	for offset in $HOUR_BACK $DAY_AHEAD "$to_1970" 0; do
		set_clock "$offset"
		count=$(lines events)
		wait_until lines_from events $((count + 3))
		key_is web healthy 1
		key_is web state ready
	done
	key_is web deaths 0
}

@test "svc -w waits as long as it was told, whatever the clock says" {
	tell web/run 'trap "" TERM' 'echo armed >>../events' 'while :; do sleep 0.1; done'
	start web "${off[@]}"
	wait_until happened armed 1
	background "${off[@]}" svc -wd -T 600000 web
	local waiting=$!
	wait_until key_is web want down
	set_clock $DAY_AHEAD
	obeyed web c
	alive $waiting
	background "${off[@]}" svc -wd -T 300 web
	local short=$!
	set_clock "$to_1970"
	ends 99 $short
	svc -k web
	ends 0 $waiting
}

@test "times are shown right again, and never as nonsense" {
	make_service web
	start web "${off[@]}"
	wait_until is_up svstat web
	wait_until state_is web ready
	set_clock $HOUR_BACK
	[ "$(seconds_shown web)" = 0 ]
	[[ $("${off[@]}" svstat -v web) == *", ready 0 seconds" ]]
	set_clock $DAY_AHEAD
	(($(seconds_shown web) >= 86400))
	run -0 "${off[@]}" svwhy web
	set_clock 0
	(($(seconds_shown web) < 3600))
	# What began while the clock was wrong is as old as the clock says.
	set_clock "$to_1970"
	svc -t web
	wait_until key_is web deaths 1
	wait_until is_up svstat web
	(($(seconds_shown web) < 3600))
	set_clock 0
	(($(seconds_shown web) > 86400 * 365))
	svc -t web
	wait_until key_is web deaths 2
	wait_until state_is web ready
	(($(seconds_shown web) < 3600))
	[[ $("${off[@]}" svstat -j web) == *'"last_deaths":"@4'* ]]
}

@test "a backoff that a killed supervise has begun ends in its time, though the clock has gone back" {
	echo 'exit 1' | script web/run
	setting web/backoff '400 400'
	start web "${off[@]}"
	wait_until state_is web backoff
	murder
	set_clock "$to_1970"
	local starts
	starts=$(key web starts)
	start web "${off[@]}"
	more_starts() { [ "$(key web starts)" -ge $((starts + 2)) ]; }
	wait_until more_starts
}

# stopped RUN OFFSET LIMIT: svscan stops a service whose run is RUN, and the clock is set meanwhile.
stopped() {
	rm -rf scan sv err
	mkdir scan
	tell sv/web/run "$1" 'echo armed >>../events' 'while :; do sleep 0.1; done'
	ln -s ../sv/web scan/
	set_clock 0
	background "${off[@]}" svscan -g "$3" -t 600000 scan 2>err
	local scanner=$!
	wait_until lines_from sv/events 2
	kill -TERM $scanner
	wait_until said 'got SIGTERM' 1
	set_clock "$2"
	ends 0 $scanner
}

@test "a stop ends in its time when the clock goes back, and is patient when it goes ahead" {
	stopped 'trap "" TERM' "$to_1970" 1000
	said 'killing web' 1
	stopped 'trap "sleep 0.5; exit" TERM' $DAY_AHEAD 600000
	said killing 0
}

@test "a supervise that dies is started again at once after the clock was set" {
	mkdir scan sv
	make_service sv/web
	ln -s ../sv/web scan/
	background "${off[@]}" svscan -t 600000 scan 2>err
	wait_until is_up svstat sv/web
	local pid old
	pid=$(pid_of svstat sv/web)
	set_clock $HOUR_BACK
	old=$(key sv/web supervise_pid)
	kill -KILL "$old"
	wait_until revived sv/web "$old"
	[ "$(pid_of svstat sv/web)" = "$pid" ]
}

# logged TEXT
logged() { cat log/@* log/current 2>/dev/null | grep -qF "$1"; }

@test "archives keep the order in which they were written, and no line is lost" {
	mkfifo input
	exec 9<>input
	"${off[@]}" multilog t s4096 n1000 ./log <input 3>&- 4>&- 9>&- &
	local logger=$! offset written=0
	for offset in 0 $HOUR_BACK $DAY_AHEAD "$to_1970" 0; do
		set_clock "$offset"
		seq -f 'line %06.0f' $((written + 1)) $((written + 500)) >&9
		written=$((written + 500))
		wait_until logged "$(printf 'line %06d' $written)"
	done
	exec 9>&-
	ends 0 $logger
	[ "$(ls log | grep -c '^@')" -ge 20 ]
	cat log/@* log/current | cut -d' ' -f2- | cmp - <(seq -f 'line %06.0f' $written)
}

# in_time SECONDS COMMAND...: where the monotonic and the boot clock are ahead by so much.
in_time() {
	local ahead=$1
	shift
	unshare -T --monotonic "$ahead" --boottime "$ahead" --fork --kill-child "$@"
}

@test "a monotonic clock that has just begun, or began ten years ago" {
	need_root
	unshare -T true 2>/dev/null || skip "needs time namespaces"
	local up ahead
	read -r up _ </proc/uptime
	mkdir scan
	make_service web
	echo 'echo >>../starts' | script fast/run
	setting fast/backoff '300 300'
	echo 'echo >>../slow-starts' | script slow/run
	setting slow/backoff '600000 600000'
	ln -s ../web ../fast ../slow scan/
	for ahead in -${up%.*} 315360000; do
		rm -f starts slow-starts
		background in_time "$ahead" svscan -g 1000 -t 600000 scan 2>err
		local scanner=$! old pid
		wait_until is_up svstat web
		wait_until lines_from starts 4
		wait_until state_is slow backoff
		[ "$(lines slow-starts)" = 1 ]
		pid=$(pid_of svstat web)
		old=$(key web supervise_pid)
		kill -KILL "$old"
		wait_until revived web "$old"
		[ "$(pid_of svstat web)" = "$pid" ]
		(($(seconds_shown web) < 3600))
		kill -TERM "$(key web parent_pid)"
		ends 0 $scanner
	done
}
