# The stop in reverse order of needs, and -d, which tells when everything is ready. Not here: the
# order of starts (needs.bats), and which graph means what (unit/order_test).

load helper
load service
load scanner

ROUNDS=${ORDER_ROUNDS:-2}

setup() {
	cd "$BATS_TEST_TMPDIR"
	mkdir scan sv
	: >ends
}

# ---- Words for the tests

# needs NAME [NEED...]
needs() {
	local name=$1
	shift
	[ $# = 0 ] || printf '%s\n' "$@" >"sv/$name/needs"
}

# polite NAME [NEED...]: writes into ./ends when it is asked to end, and a moment later when it does:
# who does not wait for it comes in between. There is no end while there is a file ./hold.NAME.
polite() {
	service "$1" <<-'X'
	#!/bin/sh
	name=${PWD##*/}
	sleep 100000 &
	trap 'echo "asked $name" >>../../ends; sleep 0.1
		while [ -e "../../hold.$name" ]; do sleep 0.02; done
		echo "ended $name" >>../../ends; exit' TERM
	touch up
	while :; do wait; done
	X
	needs "$@"
}

# deaf NAME [NEED...]: ends only when there is a file ./go, and somebody asks.
deaf() {
	service "$1" <<-'X'
	#!/bin/sh
	name=${PWD##*/}
	sleep 100000 &
	trap 'echo "asked $name" >>../../ends; [ ! -e ../../go ] || { echo "ended $name" >>../../ends; exit; }' TERM
	touch up
	while :; do wait; done
	X
	needs "$@"
}

# may_end NAME: the deaf one may, and is asked. Its supervise may just have asked it, too.
may_end() {
	local pid
	pid=$(key "sv/$1" pid)
	[ -n "$pid" ]
	touch go
	kill -TERM "$pid" 2>/dev/null || gone "$pid"
}

# run_up NAME...: they have set their traps, and their supervises have told of them: svscan learns from
# that what they need.
run_up() {
	local name
	for name; do
		wait_until test -e "sv/$name/up" || { cat err; return 1; }
		wait_until key_is "sv/$name" state ready || { cat err; return 1; }
	done
}

# ends_with CODE: svscan ends with it, and nothing is left.
ends_with() {
	local status=0
	wait_until gone "$scanner"
	wait "$scanner" || status=$?
	[ "$status" = "$1" ] || { cat err >&2; false; }
	nothing_left() { [ -z "$(started_by_us)" ]; }
	wait_until nothing_left
}

stops() {
	kill -TERM "$scanner"
	ends_with 0
}

# at EVENT NAME: the number of the first such line in ./ends.
at() {
	grep -nxFe "$1 $2" ends | head -n 1 | cut -d: -f1
}

# before A B...: A had ended when B was asked, B when the next one was.
before() {
	local a=$1 b
	shift
	for b; do
		(($(at ended "$a") < $(at asked "$b"))) || { cat ends err >&2; return 1; }
		a=$b
	done
}

# stops_together A B [...]: the same; A and B, then the next two, end only when both were asked.
stops_together() {
	local name
	for name; do : >"hold.$name"; done
	kill -TERM "$scanner"
	while [ $# != 0 ]; do
		for name in "$1" "$2"; do
			wait_until contains ends "asked $name" || { cat ends err >&2; return 1; }
		done
		rm "hold.$1" "hold.$2"
		shift 2
	done
	ends_with 0
}

# ---- The order

@test "a chain ends in the exact reverse of its needs, whatever the order of its links" {
	polite app schema
	polite db
	polite web app
	polite schema db
	scanner -g 60000
	run_up db schema app web
	stops
	[ "$(tr '\n' , <ends)" = "asked web,ended web,asked app,ended app,asked schema,ended schema,asked db,ended db," ]
	[ "$(sed -n 's/^svscan: \(asking .*\|.* ended\) .*after.*/\1/p' err | tr '\n' ,)" = \
		"web ended,asking app to end,app ended,asking schema to end,schema ended,asking db to end,db ended," ] || { cat err; false; }
	run ! grep -e killing -e 'given up' err
}

@test "links in random order, readiness after random times: the exact reverse ($ROUNDS rounds)" {
	local name round
	polite db
	polite schema db
	polite app schema
	polite web app
	for name in db schema app web; do
		sed -i "s|^touch up|sleep \$(cat delay); echo >\&4; touch up|" "sv/$name/run"
		echo 4 >"sv/$name/notification-fd"
	done
	for ((round = 1; round <= ROUNDS; round++)); do
		: >ends
		rm -f scan/* sv/*/up
		scanner -g 60000
		for name in $(shuf -e db schema app web); do
			echo "0.$((RANDOM % 6))" >"sv/$name/delay"
			ln -s "../sv/$name" scan/
		done
		run_up web
		stops
		before web app schema db
	done
}

@test "a diamond: both sides at once; what nobody needs, and needs nobody, at the very beginning" {
	polite db
	polite left db
	polite right db
	polite web left right
	polite solo
	scanner -g 60000
	run_up db left right web solo
	stops_together web solo left right
	before web left db
	before web right db
	run ! grep -e 'asking solo' -e 'asking web' err
}

# loops NAME OTHER: NAME, which OTHER needs and which runs, needs OTHER from now on.
loops() {
	needs "$1" "$2" $3
	rm "sv/$1/up"
	svc -t "sv/$1"
	run_up "$1"
	has_needs() { key_is "sv/$1" needs "$2${3:+/$3}"; }
	wait_until has_needs "$@"
}

@test "those that need each other end at once, before what they need, after what needs them" {
	polite base
	polite x base
	polite y x
	polite front y
	scanner -g 60000
	run_up base x y front
	loops x y base
	: >ends
	stops_together x y
	before front x base
	before front y base
}

@test "what waits, for a loop or an unknown name, keeps nobody waiting in a stop" {
	polite db
	polite a b db
	polite b a
	polite lost nosuch db
	scanner -g 60000
	run_up db
	waits() { key_is "sv/$1" state waiting; }
	for name in a b lost; do wait_until waits "$name"; done
	stops
	[ "$(tr '\n' , <ends)" = "asked db,ended db," ]
	run ! grep 'given up' err
}

@test "a need by another name of the same directory counts; one whose name has gone does not" {
	polite db
	ln -s ../sv/db scan/a-name-of-db
	ln -s ../sv/db scan/z-name-of-db
	polite one a-name-of-db
	polite two z-name-of-db
	polite three db
	polite cache
	polite web cache
	scanner -g 60000
	run_up db one two three cache web
	rm scan/cache
	unsupervised() { run ! svok sv/cache; }
	wait_until unsupervised
	stops_together one web
	before one db
	before two db
	before three db
}

@test "a service whose needs nobody can write down ends at once, as do those of other suites" {
	polite db
	polite web db
	scanner -g 60000
	run_up db web
	echo broken >sv/web/supervise/state
	stops_together db web
}

# ---- Limits

@test "a front end that hangs costs the database neither its signal nor its time to end" {
	polite db
	deaf middle db
	deaf front middle
	scanner -g 20000
	run_up db middle front
	stops
	[ "$(at asked front)" = 1 ]
	(($(at asked db) > 1)) # when order was given up
	[ -n "$(at asked middle)" ]
	[ -n "$(at ended db)" ]
	contains err "order given up after"
	contains err "asking all that are left to end (held back: 2)"
	contains err "killing front"
	contains err "killing middle"
	run ! grep 'killing db' err
}

@test "a second signal kills what is held back, too; without time nobody is asked in turn" {
	polite db
	deaf front db
	scanner -g 600000
	run_up db front
	kill -TERM "$scanner"
	wait_until contains ends "asked front"
	kill -INT "$scanner"
	ends_with 0
	contains err "killing db"
	run ! grep -e 'given up' err
	rm -f err sv/*/up
	scanner -g 0
	run_up db front
	stops
	contains err "killing db"
}

@test "an essential service that fails: the others still end in order" {
	polite db
	polite app db
	service web <<-'X'
	#!/bin/sh
	touch up
	read line <gate
	exit 3
	X
	mkfifo sv/web/gate
	needs web app
	touch sv/web/essential
	echo 0 >sv/web/max-deaths
	scanner -g 60000
	run_up db app web
	echo >sv/web/gate
	ends_with 3
	before app db
}

# ---- What happens in a stop

@test "a supervise killed in the stop is replaced, and what needs go on waiting for its service" {
	polite db
	deaf front db
	polite back db
	scanner -g 600000
	run_up db front back
	local pid old
	pid=$(key sv/front pid)
	kill -TERM "$scanner"
	wait_until contains ends "asked front"
	wait_until contains ends "ended back"
	old=$(supervise_of sv/front)
	kill -KILL "$old"
	wait_until revived sv/front "$old"
	[ "$(key sv/front pid)" = "$pid" ]
	[ -z "$(at asked db)" ]
	may_end front
	ends_with 0
	before front db
	run ! grep -e left-over -e killing err
}

@test "one that is held back, and whose supervise is killed, stays until its turn" {
	polite db
	polite middle db
	deaf front middle
	scanner -g 600000
	run_up db middle front
	local pid old
	pid=$(key sv/middle pid)
	kill -TERM "$scanner"
	wait_until contains ends "asked front"
	old=$(supervise_of sv/middle)
	kill -KILL "$old"
	wait_until revived sv/middle "$old"
	[ "$(key sv/middle pid)" = "$pid" ]
	may_end front
	ends_with 0
	before front middle db
	run ! grep -e left-over -e killing err
}

@test "a service that dies by itself, held back or not, is waited for no longer" {
	polite db
	polite middle db
	deaf front middle
	scanner -g 600000
	run_up db middle front
	kill -TERM "$scanner"
	wait_until contains ends "asked front"
	svc -dx sv/middle # by somebody else
	wait_until contains ends "ended middle"
	wait_until contains ends "ended db"
	may_end front
	ends_with 0
}

@test "a service that has lost its link and still ends is waited for by what it needs" {
	polite db
	deaf front db
	scanner -g 600000
	run_up db front
	rm scan/front
	wait_until contains ends "asked front"
	kill -TERM "$scanner"
	wait_until contains err "stopping within"
	may_end front
	ends_with 0
	before front db
}

@test "a supervise that was killed before the stop: its successor knows what was needed" {
	polite db
	polite app db
	polite web app
	scanner -g 60000
	run_up db app web
	local name old
	for name in db app web; do
		old=$(supervise_of "sv/$name")
		rm -f "sv/$name/needs" # the last start counts
		kill -KILL "$old"
		wait_until revived "sv/$name" "$old"
	done
	stops
	before web app db
}

@test "services adopted from a killed svscan end in order, those just being adopted, too" {
	polite db
	polite app db
	polite web app
	local round
	# It has taken the signals upon itself, and nothing else yet, perhaps.
	begun() {
		[ "$(cat "/proc/$scanner/comm")" = svscan ] &&
			grep -q '^SigBlk:.*[1-9a-f]' "/proc/$scanner/status"
	}
	for round in 1 2; do
		: >ends
		rm -f err sv/*/up
		scanner -g 60000
		run_up db app web
		murder_scanner
		scanner -g 60000
		wait_until begun
		[ "$round" = 2 ] || wait_until contains err "adopted web"
		stops
		before web app db
	done
}

# ---- Many

# sleeper NAME [NEED...]
sleeper() {
	mkdir "sv/$1"
	printf '#!/bin/sh\nexec sleep 100000\n' >"sv/$1/run"
	chmod +x "sv/$1/run"
	ln -s "../sv/$1" "scan/$1"
	needs "$@"
}

# all_ready COUNT: that many services of ./sv.
all_ready() {
	[ "$(grep -lx state=ready sv/*/supervise/state 2>/dev/null | wc -l)" = "$1" ]
}

ended() {
	sed -n 's/^svscan: \(.*\) ended after .*/\1/p' err
}

@test "a long chain, and many that need one: all in order" {
	local i chain=$((60 * ${ORDER_SCALE:-1})) star=$((150 * ${ORDER_SCALE:-1}))
	sleeper c0
	for ((i = 1; i < chain; i++)); do sleeper "c$i" "c$((i - 1))"; done
	sleeper hub
	for ((i = 1; i <= star; i++)); do sleeper "s$i" hub; done
	scanner -g 600000
	LIMIT=300 wait_until all_ready $((chain + star + 1))
	LIMIT=300 stops
	[ "$(ended | grep ^c | tr '\n' ' ')" = "$(seq -f c%g $((chain - 1)) -1 0 | tr '\n' ' ')" ]
	[ "$(ended | grep -e ^s -e ^hub | tail -n 1)" = hub ]
	[ "$(ended | grep -c ^s)" = "$star" ]
	run ! grep -e killing -e 'given up' err
}
