# The file needs: what a service waits for, how it learns of it, and that nothing else comes of it.
# Order is judged by what the services write down themselves, in ./events.

load helper
load service
load life
load peers

ROUNDS=${NEEDS_ROUNDS:-4} # of random order
CROWD=${NEEDS_CROWD:-100} # services that wait for one, and half as many in a row

setup() {
	cd "$BATS_TEST_TMPDIR"
	mkdir scan
}

# service NAME [NEED...]: a directory that notes down its starts.
service() {
	local name=$1
	shift
	mkdir -p "$name"
	tell "$name/run" "echo ${name##*/} >>../order" 'exec sleep 100000'
	[ $# = 0 ] || printf '%s\n' "$@" >"$name/needs"
}

# slow NAME [NEED...]: the same; it is ready once ./NAME.go exists.
slow() {
	service "$@"
	setting "$1/notification-fd" 3
	tell "$1/run" "echo $1 >>../order" "while [ ! -e ../$1.go ]; do sleep 0.02; done" \
		'echo >&3' 'exec sleep 100000'
}

# job NAME [NEED...]: a oneshot that is done once ./NAME.go exists.
job() {
	service "$@"
	rm "$1/run"
	tell "$1/start" "while [ ! -e ../$1.go ]; do sleep 0.02; done" "echo $1 >>../order"
}

enable() {
	local name
	for name; do
		ln -sfn "../$name" "scan/$name"
	done
}

# scanning [OPTION...]: a svscan for ./scan; its number in $scanner.
scanning() {
	background svscan "$@" scan 2>>err
	scanner=$!
}

# by_hand NAME: a supervise for the link NAME, without svscan; its number in $supervisor.
by_hand() {
	cd scan
	background "${@:2}" supervise "$1" 2>>../err
	supervisor=$!
	cd ..
}

order_is() { [ "$(tr '\n' ' ' <order 2>/dev/null)" = "$1 " ]; }
waits_for() { state_is "$1" waiting && key_is "$1" waiting "$2"; }
has_said() { grep -qxF "supervise: $1" err; }

@test "it starts when all that it needs is ready or done, and says meanwhile for what it waits" {
	slow db
	job schema db
	service web schema db
	enable web schema db
	scanning
	wait_until waits_for web schema/db
	wait_until waits_for schema db
	key_is web needs schema/db
	key_is web looks ''
	[ "$(svstat -v web)" = "web: down 0 seconds, normally up, want up, waiting for schema and db" ] ||
		[[ $(svstat -v web) =~ ^web:\ down\ [0-9]+\ seconds,\ normally\ up,\ want\ up,\ waiting\ for\ schema\ and\ db$ ]]
	[ "$(svstat -o state,waiting,pid web)" = "waiting schema/db -" ]
	run -1 svup web
	client svwait ready web
	local waiting=$!
	: >db.go
	wait_until waits_for web schema
	order_is db
	: >schema.go
	ends 0 $waiting
	wait_until order_is 'db schema web'
	key_is web waiting ''
	key_is web needs schema/db
	# Nobody has been commanded.
	for waiting in db schema web; do
		key_is $waiting commands 0
	done
}

@test "before every start, also after a death; what dies later is no reason to do anything" {
	slow db # as soon as it has written down that it runs
	: >db.go
	service web db
	tell web/finish
	tell web/stop
	enable db web
	scanning
	wait_until state_is web ready
	local pid
	pid=$(key web pid)
	wait_until order_is 'db web'
	svc -wd db
	kill -0 "$pid"
	key_is web pid "$pid"
	svc -wu db
	svc -wd db
	kill -KILL "$pid"
	wait_until waits_for web db
	happened 'finish .*' 1
	happened stop 0 # it is not taken down
	key_is web deaths 1
	svc -wu db
	wait_until state_is web ready
	wait_until order_is 'db web db db web'
}

@test "without svscan names are looked up where supervise was started, wherever that goes" {
	slow db
	service web db
	by_hand_here() {
		background supervise "$1" 2>>err
	}
	enable db
	by_hand ../web
	wait_until waits_for web db
	mv scan elsewhere
	wait_until said 'waiting for db, which has no supervise' 1
	: >db.go
	by_hand_here elsewhere/db
	wait_until state_is web ready
	svc -dx web db
	# In another directory the same name means nothing.
	wait_until gone "$supervisor"
	by_hand_here web
	wait_until waits_for web db
	rm order
	wait_until said 'waiting for db, which has no supervise' 2
	svc -dx web
	[ ! -e order ]
}

@test "a name that does not exist, one that is down, has failed, or has no supervise: it waits and says so" {
	service missing nosuch
	service late down nosuch
	service sad failed
	service lone alone
	service down
	: >down/down
	job failed
	tell failed/start 'exit 1'
	service well
	enable down failed well
	mkdir scan/alone # svscan gives it no supervise
	scanning
	wait_until state_is well ready
	# What is waited for is there before, so that nothing else is said of it.
	wait_until state_is down down
	wait_until state_is failed failed
	enable missing late sad lone
	wait_until has_said 'warning: missing: waiting for nosuch, which is no service in the scan directory'
	wait_until has_said 'warning: late: waiting for nosuch, which is no service in the scan directory'
	wait_until has_said 'warning: sad: waiting for failed, which has failed'
	wait_until has_said 'warning: lone: waiting for alone, which has no supervise'
	# Something else keeps it now.
	service nosuch
	enable nosuch
	wait_until has_said 'warning: late: waiting for down, which is down and not wanted up'
	wait_until state_is missing ready
	svc -u down
	wait_until state_is late ready
	tell failed/start
	svc -u failed
	wait_until state_is sad ready
	service scan/alone
	wait_until state_is lone ready
	# Of what comes meanwhile a slow machine may tell more.
	grep 'waiting for' err | grep -vE 'for (nosuch|alone|down|failed), which (is not ready yet|has no supervise)' >said || true
	echo 'supervise: warning: lone: waiting for alone, which has no supervise' >>said
	[ "$(lines said)" = 5 ]
}

@test "services that need each other, or themselves, wait and say so; the others run" {
	service self self
	service a well b
	service b c well
	service c a
	service behind a
	service further behind
	service well
	# All supervises are there before the first one waits: who is told after a second is to see all of it.
	local name
	for name in self a b c behind further; do : >$name/down; done
	enable self a b c behind further well
	scanning
	for name in self a b c behind further; do wait_until state_is $name down; done
	svc -u self a b c behind further
	wait_until has_said 'warning: self: waiting for self, which waits, itself or by others, for this one'
	wait_until has_said 'warning: a: waiting for b, which waits, itself or by others, for this one'
	wait_until has_said 'warning: b: waiting for c, which waits, itself or by others, for this one'
	wait_until has_said 'warning: c: waiting for a, which waits, itself or by others, for this one'
	wait_until has_said 'warning: behind: waiting for a, which waits for services that wait for each other'
	wait_until has_said 'warning: further: waiting for behind, which waits for services that wait for each other'
	wait_until order_is well
	[ "$(grep -c 'waiting for' err)" = 6 ]
	rm c/needs self/needs
	svc -u c self
	svwait -T "${LIMIT}000" ready self a b c behind further
	[ "$(grep -c 'waiting for' err)" = 6 ]
}

@test "a loop that is closed later is told by the services next to it" {
	service a b
	service b
	: >b/down
	enable a b
	scanning
	wait_until has_said 'warning: a: waiting for b, which is down and not wanted up'
	echo a >b/needs
	svc -u b
	wait_until has_said 'warning: b: waiting for a, which waits, itself or by others, for this one'
	wait_until has_said 'warning: a: waiting for b, which waits, itself or by others, for this one'
}

@test "a service that is merely slow is said once, and is no warning" {
	slow db
	service web db
	enable db
	scanning
	wait_until state_is db up # or it may have no supervise for so long that this is said
	enable web
	wait_until has_said 'web: waiting for db, which is not ready yet'
	local count
	for count in 1 2 3; do
		wait_until state_is db up
		svc -t db
		wait_until key_is db deaths $count
	done
	: >db.go
	wait_until state_is web ready
	[ "$(grep -c 'waiting for' err)" = 1 ]
}

@test "commands while it waits: d, o, O, x; signals reach nobody; svc -w waits on" {
	slow db
	service web db
	tell web/start
	tell web/stop
	enable db web
	scanning
	wait_until waits_for web db
	obeyed web tkhpcar+1
	wait_until waits_for web db
	key_is web paused 0
	svc -wd web
	state_is web down
	key_is web waiting ''
	obeyed web o
	wait_until waits_for web db
	key_is web want once
	obeyed web O
	state_is web down
	obeyed web o
	client svc -wu web
	local waiting=$!
	wait_until key_is web want up
	obeyed web u
	wait_until waits_for web db
	: >db.go
	ends 0 $waiting
	wait_until events_are 'run start run'
	# Between two runs stop is owed.
	rm db.go
	svc -t db
	wait_until state_is db up
	svc -t web
	wait_until waits_for web db
	wait_until events_are 'run start run run'
	svc -wd web
	events_are 'run start run run stop'
	obeyed web u
	wait_until waits_for web db
	key_is web begun 0
	local supervisor
	supervisor=$(key web supervise_pid)
	rm scan/web # which is dx
	wait_until gone "$supervisor"
	key_is web state down
	events_are 'run start run run stop'
}

@test "u reads the file again; else it is read at the next start" {
	slow db
	service web db
	enable db web
	scanning
	wait_until waits_for web db
	echo nosuch >web/needs
	obeyed web u
	wait_until waits_for web nosuch
	key_is web needs nosuch
	echo db >web/needs
	: >db.go
	wait_until state_is db ready
	obeyed web u
	wait_until state_is web ready
	echo nosuch >web/needs
	key_is web needs db
	svc -t web
	wait_until waits_for web nosuch
	rm web/needs
	svc -u web
	wait_until state_is web ready
	key_is web needs ''
}

@test "a supervise that is killed while its service waits: the next one waits on" {
	slow db
	service web db
	: >web/down
	enable db web
	scanning
	wait_until state_is web down
	local old want
	for want in once up; do
		svc -${want:0:1} web
		wait_until waits_for web db
		old=$(key web supervise_pid)
		kill -KILL "$old"
		replaced() { ! key_is web supervise_pid "$old" && svok web && waits_for web db; }
		wait_until replaced
		key_is web want $want
		[ $want = up ] || svc -wd web
	done
	: >db.go
	wait_until state_is web ready
	# Of a service that runs, the next one knows what it needed.
	old=$(key web supervise_pid)
	rm web/needs
	kill -KILL "$old"
	taken() { ! key_is web supervise_pid "$old" && svok web; }
	wait_until taken
	key_is web needs db
	key_is web state ready
}

@test "the supervise of a need is killed: what it had ready counts only once there is another" {
	service db
	slow cache
	service web db cache
	enable db cache web
	by_hand db
	local first=$supervisor
	wait_until contains order db
	by_hand cache
	wait_until state_is cache up
	by_hand web
	wait_until has_said 'web: waiting for cache, which is not ready yet' # no look is due any more
	wait_until waits_for web cache
	kill -KILL $first
	wait_until waits_for web db/cache
	: >cache.go
	wait_until waits_for web db
	wait_until has_said 'warning: web: waiting for db, which has no supervise'
	[ ! -s order ] || order_is 'db cache'
	by_hand db # takes over what is ready already, and has nothing new to say
	wait_until state_is web ready
	wait_until order_is 'db cache web'
}

@test "a link, or a directory supervise, that is replaced while the old supervise lives" {
	slow old
	slow new
	service web db
	enable web
	ln -s ../old scan/db
	by_hand ../old
	wait_until state_is old up
	by_hand web
	wait_until waits_for web db
	ln -sfn ../new scan/db
	: >old.go
	wait_until state_is old ready
	by_hand ../new
	wait_until state_is new up
	wait_until waits_for web db
	mv new/supervise new/gone
	sed -i s/new.go/newer.go/ new/run # the old supervise has nothing more to tell
	by_hand ../new
	wait_until state_is new up
	enable web2 # so that it looks
	watches() { readlink "/proc/$(key web supervise_pid)/fd"/* | grep -qx "$PWD/$1"; }
	wait_until watches new/supervise
	wait_until waits_for web db
	: >newer.go
	wait_until state_is web ready
}

@test "a need whose directory comes later, piece by piece" {
	service web db
	enable web
	by_hand web
	wait_until waits_for web db
	ln -s ../db scan/db # leads nowhere: nobody tells of what comes there
	wait_until key_is web looks 250
	mkdir db
	wait_until key_is web looks ''
	wait_until waits_for web db
	service db
	by_hand db
	wait_until state_is web ready
	key_is web looks ''
}

@test "a logger has no needs" {
	service web
	mkdir web/log
	printf '#!/bin/sh\nexec cat >../log.out\n' >web/log/run
	chmod +x web/log/run
	echo nosuch >web/log/needs
	enable web
	scanning
	wait_until state_is web ready
	wait_until state_is web/log ready
	key_is web/log needs ''
	# As a user would call it.
	kill -TERM $scanner
	wait_until gone $scanner
	cp web/run web/log/run
	background supervise web/log 2>>err
	wait_until state_is web/log ready
	# But a service may have that name.
	service log nosuch
	enable log
	by_hand log
	wait_until waits_for log nosuch
}

@test "what makes no sense in the file is reported once, and the service starts" {
	local long bytes text=()
	printf -v long '%0256d' 7
	printf -v bytes 'n%.0s' {1..1022}
	text=('.hidden' 'a/b' '../db' "$(printf 'db\r')" "$long")
	local i
	for i in "${!text[@]}"; do
		service bad$i db "${text[$i]}"
		enable bad$i
	done
	service nul
	printf 'db\0\n' >nul/needs
	service large
	printf '%s\n' "$bytes" >large/needs
	service many $(seq 65)
	service dir
	mkdir dir/needs
	service fifo
	mkfifo fifo/needs
	service fine "" "  db " "" "db"
	service db
	enable nul large many dir fifo fine db
	scanning
	svwait -T "${LIMIT}000" ready db fine nul large many dir fifo bad{0,1,2,3,4}
	local rest='is not one of at most 64 names of services, 1022 bytes in all; waiting for none'
	for i in "${!text[@]}"; do
		has_said "warning: bad$i/needs: \"${text[$i]//$'\r'/?}\" $rest"
	done
	has_said "warning: nul/needs: \"...\" $rest"
	has_said "warning: large/needs: \"...\" $rest"
	has_said "warning: many/needs: \"65\" $rest"
	has_said 'warning: unable to read dir/needs, using the default: is a directory'
	has_said 'warning: unable to read fifo/needs, using the default: not a regular file'
	[ "$(grep -c needs err)" = 10 ]
	key_is bad0 needs ''
	key_is fine needs db
	# A repeated start does not repeat it.
	svc -t bad0
	wait_until key_is bad0 deaths 1
	wait_until state_is bad0 ready
	[ "$(grep -c needs err)" = 10 ]
}

@test "names with blanks, and other bytes that a file name may have" {
	service 'my db'
	service $'b\303\274ro'
	service '#1'
	service web 'my db' $'b\303\274ro' '#1' 
	enable web 'my db' $'b\303\274ro'
	scanning
	wait_until waits_for web '#1'
	key_is web needs $'my db/b\303\274ro/#1'
	[[ $(svstat -v web) == *', waiting for #1' ]]
	enable '#1'
	wait_until state_is web ready
}

@test "a kernel that does not tell of changes: it looks, and says so" {
	command -v strace >/dev/null || skip "needs strace"
	slow db
	service web db
	enable db web
	by_hand db
	by_hand web strace -D -qq -o /dev/null -e trace=fcntl -e inject=fcntl:error=EINVAL
	wait_until waits_for web db
	key_is web looks 250
	: >db.go
	wait_until state_is web ready
	key_is web looks ''
}

@test "no descriptors left: it is reported once, and it waits on" {
	command -v prlimit >/dev/null || skip "needs prlimit"
	slow db
	service web db
	enable web
	by_hand web
	wait_until waits_for web db
	local waiting=$supervisor free=3
	wait_until asleep supervise "$waiting" # so that none is open for a moment only
	while [ -e "/proc/$waiting/fd/$free" ]; do
		free=$((free + 1))
	done
	# One that is left is enough to write the state, but not for anything else.
	prlimit --pid "$waiting" --nofile=$((free + 1)):1000
	enable db
	by_hand db
	wait_until has_said 'warning: web: unable to look at db, retrying: process cannot open more files'
	wait_until key_is web looks 250
	: >db.go
	wait_until state_is db ready
	looked_twice() { (($(naps "$waiting") > $1 + 2)); }
	wait_until looked_twice "$(naps "$waiting")"
	wait_until waits_for web db
	[ "$(grep -c 'unable to look' err)" = 1 ]
	prlimit --pid "$waiting" --nofile=1000
	wait_until state_is web ready
}

@test "a service of another user that may not be looked at is waited for" {
	need_root
	chmod 755 "$BATS_RUN_TMPDIR"
	slow db
	service web db
	enable db web
	by_hand db
	wait_until state_is db up
	chmod 1777 . web scan
	touch order events
	chmod 666 order events
	by_hand web setuidgid 4321:4321
	[ -e web/supervise ] || wait_until test -e web/supervise
	wait_until has_said 'warning: web: unable to look at db, retrying: access denied'
	wait_until waits_for web db
	: >db.go
	wait_until state_is db ready
	chmod 755 db/supervise
	chmod 666 db/supervise/ok
	wait_until state_is web ready
}

@test "started in a directory that it may not search: only a service with needs minds" {
	need_root
	local user='setuidgid 4321:4321'
	chmod 755 "$BATS_RUN_TMPDIR"
	service free
	service web db
	chown -R 4321:4321 free web
	chmod 1777 .
	touch order events
	chmod 666 order events
	mkdir private
	chmod 700 private
	cd private
	background $user supervise "$OLDPWD/free" 2>>../err
	background $user supervise "$OLDPWD/web" 2>>../err
	cd ..
	wait_until state_is free ready
	wait_until has_said "warning: $PWD/web: unable to look at db, retrying: access denied"
	wait_until waits_for web db
	rm web/needs
	svc -u web
	wait_until state_is web ready
}

@test "a supervise of 0.76: up counts, as it tells no more" {
	need_peer
	service db
	: >db/down
	service web db
	enable db web
	background "$PEER/supervise" scan/db
	wait_until svok db
	by_hand web
	wait_until waits_for web db
	wait_until has_said 'warning: web: waiting for db, which is down and not wanted up'
	svc -u db
	wait_until state_is web ready
	svc -dx db web
	wait_until gone $supervisor
	# What one of ours has left behind in its directory is not believed.
	svc -dx db
	wait_until is_down_without db
	by_hand db
	wait_until svok db
	svc -u db
	wait_until state_is db ready
	kill -KILL "$supervisor"
	wait_until gone "$supervisor"
	kill -KILL "$(key db pid)"
	background "$PEER/supervise" scan/db
	wait_until svok db
	by_hand web
	wait_until waits_for web db
	svc -u db
	wait_until state_is web ready
}

# is_down_without DIR: no supervise has it.
is_down_without() {
	run ! svok "$1"
}

@test "while nothing changes a service that waits does nothing, and it holds nothing when it runs" {
	command -v strace >/dev/null || skip "needs strace"
	service db
	: >db/down
	service web db
	enable db web
	by_hand db
	by_hand web
	wait_until has_said 'warning: web: waiting for db, which is down and not wanted up'
	local pid
	pid=$(key web supervise_pid)
	wait_until asleep supervise "$pid" # and has nothing left to be written
	timeout 2 strace -p "$pid" -o idle 2>/dev/null || true
	if [ -e idle ] && grep -vE 'ppoll|restart_syscall|detached' idle; then false; fi
	files() { find "/proc/$pid/fd" -lname "$PWD/*" -printf '%l\n' | grep -c "$1"; }
	[ "$(files /db)" = 3 ]
	svc -u db
	wait_until state_is web ready
	[ "$(files /db)" = 0 ]
	[ "$(files '/scan$')" = 1 ]
	pid=$(key db supervise_pid)
	[ "$(files '/scan$')" = 1 ]
}

# chain_order: every service of the chain stands in ./order behind the one that it needs.
chain_order() {
	order_is 'one two three four five'
}

@test "in any order of links and of readiness ($ROUNDS rounds)" {
	local round name
	job one
	slow two one
	job three two
	slow four three one
	service five four two
	for ((round = 0; round < ROUNDS; round++)); do
		rm -f order scan/* ./*.go
		scanning
		for name in $(shuf -e one two three four five); do
			enable $name
			if ((RANDOM % 2)); then sleep 0.0$((RANDOM % 10)); fi
		done
		for name in $(shuf -e one two three four); do
			if ((RANDOM % 2)); then sleep 0.$((RANDOM % 5)); fi
			: >$name.go
		done
		wait_until state_is five ready
		wait_until chain_order
		kill -TERM $scanner
		wait_until gone $scanner
		wait $scanner
	done
}

# A service counts as ready once it has executed, before its shell has written anything; a job is done
# only after that.
@test "many wait for one ($CROWD), and half as many in a row" {
	local i count=$CROWD row=$((CROWD / 2))
	slow db
	printf '#!/bin/sh\necho ${PWD##*/} >>../order\nexec sleep 100000\n' >daemon
	printf '#!/bin/sh\necho ${PWD##*/} >>../order\n' >task
	chmod +x daemon task
	for ((i = 1; i <= count; i++)); do
		mkdir s$i
		cp daemon s$i/run
		echo db >s$i/needs
	done
	for ((i = 1; i <= row; i++)); do
		mkdir r$i
		cp task r$i/start
		echo r$((i - 1)) >r$i/needs
	done
	echo db >r1/needs
	for i in $(shuf -e [rs][1-9]*); do
		ln -s ../$i scan/$i
	done
	enable db
	scanning
	all_wait() { [ "$(cat [rs][1-9]*/supervise/state 2>/dev/null | grep -c '^state=waiting$')" = $((count + row)) ]; }
	wait_until all_wait
	wait_until order_is db
	: >db.go
	all_started() { [ "$(lines order)" = $((count + row + 1)) ]; }
	wait_until all_started
	seq -f 'r%g' $row | diff - <(grep '^r' order)
	kill -TERM $scanner
	wait_until gone $scanner
}

@test "a diamond" {
	slow base
	slow left base # whose shell has written before it is ready
	: >left.go
	slow right base
	service top left right
	enable top right left base
	scanning
	wait_until waits_for top left/right
	: >base.go
	wait_until waits_for top right
	: >right.go
	wait_until state_is top ready
	all_four() { [ "$(lines order)" = 4 ]; }
	wait_until all_four
	[ "$(head -n 1 order)" = base ]
	[ "$(tail -n 1 order)" = top ]
}
