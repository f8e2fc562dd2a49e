# svwhy: for each reason that keeps a service from being up, the answer about one that really is in
# that condition.

load helper
load peers
load service
load scanner

setup() {
	cd "$BATS_TEST_TMPDIR"
	mkdir scan
	export SVDIR=$PWD/scan
	W=$SVDIR
	# One death, one attempt: then it stays as it is while it is looked at.
	LONG='600000 600000'
}

# setting NAME/FILE VALUE
setting() {
	mkdir -p "sv/${1%/*}"
	printf '%s\n' "$2" >"sv/$1"
}

# sleeper NAME...: services that run until they are told to end.
sleeper() {
	local name
	for name; do printf '#!/bin/sh\nexec sleep 100000\n' | service "$name"; done
}

# answers CODE NAME TEXT...: what svwhy says of NAME has each of the fixed TEXTs, in their order.
answers() {
	local code=$1 output rest text got=0
	output=$(svwhy "$2") || got=$?
	[ "$got" = "$code" ] || return 1
	rest=$output
	shift 2
	for text; do
		[[ $rest == *"$text"* ]] || return 1
		rest=${rest#*"$text"}
	done
}

# expect CODE NAME TEXT...: sooner or later it answers so.
expect() {
	wait_until answers "$@" || {
		svwhy "$2"
		return 1
	}
}

is_in() { key_is "scan/$1" state "$2"; }

# ---- As it should be

@test "what is as it should be is said to be so, with 0" {
	sleeper good
	printf '#!/bin/sh\nexit 0\n' | script sv/job/start
	ln -s ../sv/job scan/job
	scanner
	expect 0 good "good is ready for " ", as it should be."
	[ "$(svwhy good | wc -l)" = 1 ]
	expect 0 job "job is done for " "./start has succeeded, and there is no ./run."
	run -0 svwhy
	[ "$output" = "All services in $W are as they should be, or as somebody wanted them; svstat -a lists them." ]
	# The same by its path, wherever that leads.
	expect 0 ./sv/good "./sv/good is ready for "
	# Services do not need a svscan. But who starts the next one?
	kill -KILL "$scanner"
	wait_until gone "$scanner"
	[ "$(id -u)" = 0 ] || return 0 # not told of what others may run
	run -0 svwhy
	[ "${lines[0]}" = "All services in $W are as they should be, or as somebody wanted them; svstat -a lists them." ]
	[[ ${lines[1]} == "But no svscan watches there: "* ]]
	[ "${lines[2]}" = "  do:   svscan $W &" ]
}

@test "down file, told down, told to run once" {
	sleeper filed told both once
	touch sv/filed/down sv/both/down
	scanner
	expect 0 filed 'filed is down: the file "down" in its directory keeps it from being started.' \
		"next: it stays down, also after the next boot" "do:   svc -u filed (for now) or svc -U filed"
	wait_until is_in told ready
	svc -d told
	expect 0 told "told is down for " ", since somebody told it to be (svc -d)." "next: " "do:   svc -u told"
	wait_until is_in both down
	svc -wu both
	svc -wd both
	expect 0 both 'and there is a file "down"' "next: it stays down, also after the next boot"
	wait_until is_in once ready
	svc -wo once
	expect 0 once "once runs for " ", but was told not to run again when it ends (svc -o)."
	svc -t once
	expect 0 once "it was to run once (svc -o), and has done so." "do:   svc -o once (once more) or svc -u once"
	# Nothing of that is what svwhy alone is asked for.
	run -0 svwhy
}

# ---- Waiting for others

@test "it waits for what it needs: not ready, unknown, failed, down, itself" {
	sleeper a1 a2 a3 a4 a5 a6 slow off
	printf '#!/bin/sh\nexit 7\n' | script sv/bad/start
	ln -s ../sv/bad scan/bad
	setting slow/notification-fd 5
	touch sv/off/down
	setting a1/needs slow
	setting a2/needs nosuch
	setting a3/needs bad
	setting a4/needs off
	setting a5/needs a5
	setting a6/needs a4
	scanner
	expect 1 a1 "a1 waits for " " for what it needs: slow. slow is up, but not ready yet." \
		"next: it goes on waiting, and starts as soon as slow is ready or done" "do:   svwhy slow"
	expect 1 a2 "There is no service nosuch in $W." "next: it goes on waiting until there is one" \
		"do:   ln -s /path/of/nosuch $W/ enables it; if the name is wrong: correct it in $W/a2/needs, then svc -du a2"
	expect 1 a3 "bad has failed." "next: nothing" "do:   svwhy bad; when the reason is gone: svc -u bad"
	expect 1 a4 'off is down: a file "down" in its directory' "do:   svc -u off (for now)"
	expect 1 a5 "for what it needs: a5. That is itself." "do:   take a5 out of $W/a5/needs, then svc -du a5"
	expect 1 a6 "a4 waits, too, for off. off is down" "do:   svc -u off"
	svc -wd slow
	expect 1 a1 "slow is down, since somebody told it to be." "do:   svc -u slow"
	svc -u slow
	expect 1 a1 "slow is up, but not ready yet."
	# What is typed as it says helps.
	printf 'off\n' >sv/a2/needs
	svc -du a2
	svc -u off
	expect 0 a2 "a2 is ready"
	expect 0 a6 "a6 is ready"
}

@test "it waits in a circle" {
	sleeper x y z outside
	setting x/needs y
	setting y/needs z
	setting z/needs x
	setting outside/needs x
	scanner
	expect 1 x "x waits for " "They need each other in a circle: x -> y -> z -> x." \
		"next: all of them go on waiting" "do:   take one of these names out of a needs"
	expect 1 outside "They need each other in a circle: x -> y -> z -> x."
	: >sv/z/needs
	svc -du z
	expect 0 outside "outside is ready"
}

@test "it waits in a circle of seventy, of which the middle is left out" {
	local i
	for i in {1..70}; do
		sleeper "number$i"
		setting "number$i/needs" "number$((i % 70 + 1))"
	done
	sleeper outside
	setting outside/needs number5
	scanner
	expect 1 number3 "in a circle: number3 -> number4 -> " " -> ... -> number3."
	expect 1 outside "in a circle: number5 -> number6 -> " " -> ... -> number5."
}

@test "it waits for several, and for one that waits itself: what follows then" {
	sleeper many last next slow
	printf '#!/bin/sh\nexit 7\n' | script sv/bad/start
	ln -s ../sv/bad scan/bad
	setting slow/notification-fd 5
	setting next/needs slow
	setting last/needs next
	setting many/needs $'next\nbad'
	scanner
	expect 1 last "next waits, too, for slow. slow is up, but not ready yet." \
		"next: it goes on waiting; when slow is ready or done, those that wait for it start in turn"
	expect 1 many "for what it needs: next, bad. " "bad has failed." \
		"next: it goes on waiting until all of these are ready or done"
}

@test "it waits for what is merely not enabled, leads nowhere, or is in another scan directory" {
	sleeper a1 a2 a3
	setting a1/needs off
	setting a2/needs gone
	setting a3/needs file
	script sv/off/run </dev/null
	ln -s nowhere scan/gone
	: >scan/file
	scanner
	expect 1 a1 "There is no service off in $W." "do:   ln -s $PWD/sv/off $W/ enables it"
	expect 1 a2 "gone is no service: $W/gone is there, but leads to no directory." "do:   ls -l $W/gone"
	expect 1 a3 "file is no service: $W/file is there, but leads to no directory."
	# That there is one in the scan directory of the user does not matter.
	mkdir -p mine/off
	export SVDIR=$PWD/mine
	expect 1 "$W/a1" "There is no service off in $W."
}

@test "a state text that lies harms nobody" {
	local text
	make_service liar
	pretend liar
	tell liar state=waiting waiting=
	expect 1 ./liar "./liar is being started at this moment"
	# The children of others are not called its own, nor is the user told to kill them.
	tell liar state=up supervise_pid=$$ strays=9
	run -1 svwhy ./liar
	[[ $output != *"live on"* ]] && [[ $output != *"kill "* ]]
	tell liar state=stopping pid=99999999999
	expect 1 ./liar "its process 0 lives on"
	text='waiting=x/$(id)/;reboot/-n'
	tell liar state=waiting "$text"
	expect 1 ./liar "ln -s /path/of/-n $PWD/" "ln -s '/path/of/;reboot' $PWD/" "ln -s '/path/of/\$(id)' $PWD/"
	tell liar state=failed trouble= last_deaths=
	expect 1 ./liar "at last with nobody knows what."
}

# ---- Dead

@test "exit code, with its log, and what follows" {
	printf '#!/bin/sh\necho "cannot open /nowhere"\nexit 111\n' | service web
	printf '#!/bin/sh\nexec multilog t ./main\n' | script sv/web/log/run
	setting web/backoff "$LONG"
	scanner
	expect 1 web "web is down for " ": ./run ended with exit code 111." "Programs of daemontools use that" \
		"the last lines of log/main/current:" "cannot open /nowhere" \
		"next: it is started again in " "svc -d web puts an end to it" "do:   read what it writes"
	# The label has become a time.
	[[ $(svwhy web) =~ \ {8}20[0-9]{2}-[0-9]{2}-[0-9]{2}\ [0-9:]{8}\.[0-9]{3}\ cannot ]]
	# Typing what it says shows the reason.
	svc -wd web
	run -111 sh -c 'cd scan/web && ./run'
	[ "$output" = "cannot open /nowhere" ]
}

@test "why the newest lines are not shown is said" {
	printf '#!/bin/sh\necho "cannot open /nowhere"\nexit 111\n' | service web
	printf '#!/bin/sh\nexec multilog t ./main\n' | script sv/web/log/run
	setting web/backoff "$LONG"
	scanner
	expect 1 web "the last lines of log/main/current:" "cannot open /nowhere"
	echo old >sv/web/log/main/@4000000000000000000000aa.s
	rm sv/web/log/main/current
	mkfifo sv/web/log/main/current
	expect 1 web "the newest lines, in log/main/current, are not shown: not a regular file" \
		"the last lines of log/main/@4000000000000000000000aa.s:" old
	[ "$(id -u)" = 0 ] || return 0
	rm sv/web/log/main/current
	: >sv/web/log/main/current
	chown 54321 sv/web/log/main/current
	expect 1 web "are not shown: owned by another user"
}

@test "last words that tell the reason" {
	local name words
	while read -r name words; do
		printf '#!/bin/sh\necho "bind: %s (98)"\nexit 1\n' "$words" | service "$name"
		printf '#!/bin/sh\nexec multilog t ./main\n' | script "sv/$name/log/run"
		setting "$name/backoff" "$LONG"
	done <<-'X'
	port Address already in use
	disk No space left on device
	files Too many open files
	memory Cannot allocate memory
	other Something else
	X
	scanner
	expect 1 port "exit code 1." "Its log says that an address is in use" "do:   ss -ltnup shows who has which port"
	expect 1 disk "there is no space left." "do:   df -h"
	expect 1 files "too many files open." "softlimit -o"
	expect 1 memory "could not get memory."
	expect 1 other "exit code 1." "Something else"
	[[ $(svwhy other) != *"Its log says"* ]]
}

@test "the log: ten lines, also of an archive, none of a stranger's tricks; or where it goes" {
	printf '#!/bin/sh\ni=0; while [ $i -lt 20 ]; do i=$((i+1)); echo "line $i"; done\nprintf "\\033[31mred\\n"; exit 1\n' | service web
	printf '#!/bin/sh\nexec multilog ./elsewhere\n' | script sv/web/log/run
	setting web/backoff "$LONG"
	printf '#!/bin/sh\nexit 1\n' | service bare
	setting bare/backoff "$LONG"
	scanner
	expect 1 web "the last lines of log/elsewhere/current:" "?[31mred"
	[ "$(svwhy web | grep -c '^        ')" = 10 ]
	last_ten() {
		local said
		said=$(svwhy web) || true
		[[ $said == *"        line 12"* && $said != *"line 11"* ]]
	}
	wait_until last_ten
	svc -a web/log
	expect 1 web "the last lines of log/elsewhere/@" "?[31mred"
	# What is not of multilog is not shown, wherever that leads.
	svc -wdx web/log
	rm sv/web/log/elsewhere/current
	echo secret >file
	ln -s "$PWD/file" sv/web/log/elsewhere/current
	[[ $(svwhy web) != *secret* ]]
	expect 1 bare "bare is down" "it has no log/: what it writes goes to the output of svscan"
}

@test "signal: its own, a command's, somebody else's" {
	printf '#!/bin/sh\nkill -SEGV $$\n' | service crash
	setting crash/backoff "$LONG"
	sleeper asked shot
	setting asked/backoff "$LONG"
	setting shot/backoff "$LONG"
	scanner
	expect 1 crash "./run was ended by the signal SEGV." "The program has crashed" "next: it is started again in "
	wait_until is_in shot ready
	kill -TERM "$(key scan/shot pid)"
	expect 1 shot "./run was ended by the signal TERM." "No command of svc sent that"
	wait_until is_in asked ready
	svc -t asked
	expect 1 asked "asked is down for " ", since a command ended it (the signal TERM)" "next: " "do:   svc -u asked"
}

@test "KILL: the kernel has killed nothing, or it may have been that" {
	sleeper web
	setting web/backoff "$LONG"
	scanner
	wait_until is_in web ready
	kill -KILL "$(key scan/web pid)"
	explained() { # the test below has the kernel kill, perhaps just now
		if [ "$(sed -n 's/^oom_kill //p' /proc/vmstat)" = 0 ]; then
			answers 1 web "by the signal KILL." "the kernel has killed nothing for lack of memory since boot"
		else
			answers 1 web "by the signal KILL." "memory"
		fi
	}
	wait_until explained
	# After a command there is nothing to guess.
	svc -u web
	wait_until is_in web ready
	svc -k web
	expect 1 web "since a command ended it (the signal KILL)"
}

# in_group COMMAND...: in a control group that may use 24 MB.
in_group() {
	echo "$BASHPID" >"$GROUP/cgroup.procs"
	exec "$@"
}

leave_group() {
	local pid
	for pid in $(cat "$GROUP/cgroup.procs" 2>/dev/null); do kill -KILL "$pid"; done
	rmdir "$GROUP" 2>/dev/null
}

@test "KILL by the kernel, since memory had run out" {
	need_root
	GROUP=/sys/fs/cgroup/memory/upkeep-why-$$
	LIMIT_FILE=memory.limit_in_bytes
	[ -d /sys/fs/cgroup/memory ] || {
		GROUP=/sys/fs/cgroup/upkeep-why-$$
		LIMIT_FILE=memory.max
	}
	mkdir "$GROUP" 2>/dev/null && echo 25165824 >"$GROUP/$LIMIT_FILE" || skip "needs control groups"
	printf '#!/bin/sh\nexec tail /dev/zero\n' | service web
	setting web/backoff "$LONG"
	background in_group svscan scan 2>>err
	expect 1 web "./run was ended by the signal KILL." || {
		end_all
		wait_until leave_group
		return 1
	}
	# Whether the kernel's log can be read decides how sure it is.
	run svwhy web
	end_all
	wait_until leave_group
	echo "$output"
	[[ $output == *"The kernel's log has, of the same moment: "*"illed process "*"(tail)"* ||
		$output == *"the kernel has killed there 1 so far: this may have been one of them"* ]]
	[[ $output == *"give "*" more memory"* ]]
}

@test "a command that does not exist, and a run that ends without an error" {
	printf '#!/bin/sh\nexec ./nosuchprogram\n' | service lost
	printf '#!/bin/sh\nexit 0\n' | service short
	setting lost/backoff "$LONG"
	setting short/backoff "$LONG"
	scanner
	expect 1 lost "exit code 127" "a command that does not exist, or is not in PATH"
	expect 1 short "exit code 0" "a service must stay in the foreground"
	setting short/timeout-kill soon
	expect 1 short "Some of its settings make no sense" "do:   svlint short"
}

@test "many deaths: how many and within what time; up for a moment is not well" {
	printf '#!/bin/sh\nexit 3\n' | service web
	setting web/backoff '0 1'
	printf '#!/bin/sh\n[ -e ../stay ] && exec sleep 100000\nexit 3\n' | service odd
	setting odd/backoff '0 1'
	scanner
	died() { [ "$(key "scan/$1" deaths)" -ge "$2" ] 2>/dev/null; }
	many() { died odd 4 && died web 8; }
	wait_until many
	touch sv/stay
	expect 1 odd "odd is up for " ", but has died " " times within the last " "next: when it dies again"
	svc -wd web
	printf '60000 60000\n' >sv/web/backoff
	svc -u web
	expect 1 web "exit code 3 (the last 8 deaths within "
}

# ---- Cannot be executed

# broken NAME: its run is standard input, and is executable.
broken() {
	service "$1"
	setting "$1/backoff" "$LONG"
}

@test "not executable: mode, CR LF, interpreter, first line, mark, directory, links" {
	printf '#!/bin/sh\n' | broken mode
	chmod -x sv/mode/run
	printf '#!/bin/sh\r\nexec sleep 1\r\n' | broken crlf
	printf '#!/usr/bin/nosuchinterpreter -x\n' | broken missing
	printf '#!/etc/passwd\n' | broken useless
	printf 'exec sleep 1\n' | broken text
	printf '\357\273\277#!/bin/sh\nexec sleep 1\n' | broken mark
	: | broken empty
	printf 'x' | broken dangling
	ln -sf nowhere sv/dangling/run
	printf 'x' | broken circle
	ln -sf run sv/circle/run
	printf '#!\n' | broken nobody
	mkdir sv/dir sv/dir/run
	setting dir/backoff "$LONG"
	ln -s ../sv/dir scan/dir
	scanner
	expect 1 mode "mode is down for " "since ./run cannot be executed (access denied). ./run is not executable (its mode is 0644)." \
		"next: it is tried again in " "do:   chmod +x $W/mode/run"
	expect 1 crlf "(file does not exist). ./run has lines that end with CR LF, as Windows writes them" '"/bin/sh" with a CR' \
		"do:   sed -i 's/\\r\$//' $W/crlf/run"
	expect 1 missing "./run asks for the interpreter /usr/bin/nosuchinterpreter, which does not exist." \
		"do:   correct the first line of $W/missing/run, or install /usr/bin/nosuchinterpreter"
	expect 1 useless "the interpreter /etc/passwd, which cannot be executed itself."
	expect 1 text "(exec format error). ./run is a script without a first line" "do:   sed -i '1i #!/bin/sh' $W/text/run"
	expect 1 mark "./run has a byte order mark before its #!"
	expect 1 empty "./run is empty."
	expect 1 dangling "./run is a link to nowhere, which does not exist."
	expect 1 circle "./run is a link that leads back to itself."
	expect 1 nobody "./run has a first line that names no interpreter behind #!."
	expect 1 dir "./run is a directory, not a program."
	# What is to be typed is typed: all that have an exact command run afterwards.
	local name command
	printf '#!/bin/sh\nexec sleep 100000\n' >sv/mode/run
	for name in mode crlf text mark; do
		sed -i 's/sleep 1\(\r\?\)$/sleep 100000\1/' "sv/$name/run"
		command=$(svwhy "$name" | sed -n 's/^    do:   //p')
		sh -c "$command"
		svc -u "$name"
		expect 0 "$name" "$name is ready"
	done
	cat err
}

@test "not executable: another machine, another C library" {
	# ELF of 64 bits for machine 183 (ARM) or 243 (RISC-V), and one for ours with a loader.
	local foreign=267 machine
	[ "$(uname -m)" = aarch64 ] && foreign=363
	printf "\\177ELF\\002\\001\\001\\0\\0\\0\\0\\0\\0\\0\\0\\0\\002\\0\\$foreign\\0\\001\\0\\0\\0" | broken other
	printf '#!/bin/sh\n' | broken alien
	if command -v cc >/dev/null; then
		echo 'int main(void) { return 0; }' >x.c
		cc -o sv/alien/run x.c -Wl,--dynamic-linker=/lib/nosuchloader.so.1
	fi
	scanner
	expect 1 other "(exec format error). ./run is a program for another kind of machine: " ", but this one is "
	command -v cc >/dev/null || skip "the loader needs cc"
	expect 1 alien "(file does not exist). ./run needs the loader /lib/nosuchloader.so.1, which does not exist"
}

@test "not executable: a file system that is mounted noexec" {
	need_root
	command -v unshare >/dev/null || skip "needs unshare"
	unshare -m true 2>/dev/null || skip "needs the right to mount"
	mkdir disk
	cat >inside <<-'X'
	mount -t tmpfs -o noexec none disk || exit 9
	mkdir disk/web
	printf '#!/bin/sh\nexec sleep 100000\n' >disk/web/run
	chmod +x disk/web/run
	ln -s "$PWD/disk/web" scan/web
	echo '60000 60000' >disk/web/backoff
	svscan scan 2>>err &
	until svwhy web | grep noexec; do sleep 0.02; done
	svwhy web
	kill $!
	wait
	X
	run timeout "$LIMIT" unshare -m sh inside 3>&-
	[[ $output == *"./run lies on a file system that is mounted noexec ($PWD/disk), so nothing there can be executed."* ]]
	[[ $output == *"do:   mount -o remount,exec $PWD/disk"* ]]
}

# ---- Failed

@test "failed: start by exit code, time, and not executable; finish; too many deaths; exec" {
	printf '#!/bin/sh\necho no database\nexit 9\n' | script sv/start/start
	printf '#!/bin/sh\nexec sleep 100000\n' | service start
	printf '#!/bin/sh\nexec sleep 100000\n' | script sv/slow/start
	setting slow/timeout-start 50
	ln -s ../sv/slow scan/slow
	printf '#!/bin/shh\n' | script sv/shh/start
	ln -s ../sv/shh scan/shh
	printf '#!/bin/sh\nexit 1\n' | service last
	printf '#!/bin/sh\nexit 125\n' | script sv/last/finish
	printf '#!/bin/sh\nexit 4\n' | service often
	setting often/max-deaths '2 60000'
	setting often/backoff '0 1'
	printf '#!/bin/shh\n' | service never
	setting never/max-deaths 0
	scanner
	expect 1 start "start has failed " " ago: ./start exited with code 9, so nothing else was started." \
		"next: it is not started again unless somebody says so" "do:   cd $W/start && ./start" "svc -u start"
	expect 1 slow "./start was ended by the signal KILL (it may not take longer than 50 ms: timeout-start)"
	expect 1 shh "since ./start cannot be executed (file does not exist). ./start asks for the interpreter /bin/shh"
	expect 1 last "./run ended with exit code 1, and ./finish exited with code 125" "next: it is not started again"
	expect 1 often "it died more often than max-deaths allows (2 within 60000 ms), at last with exit code 4."
	expect 1 never "./run cannot be executed (file does not exist), and has been tried as often as max-deaths allows." "/bin/shh"
	# Once it is mended, that is said, and what to type is enough.
	printf '#!/bin/sh\nexec sleep 100000\n' >sv/never/run
	expect 1 never "./run was not executable at the last attempt, but now nothing is wrong with it." "do:   svc -u never"
	svc -u never
	expect 0 never "never is ready"
	printf '#!/bin/sh\n' | script sv/locked/run
	chmod -x sv/locked/run
	setting locked/max-deaths 0
	ln -s ../sv/locked scan/locked
	expect 1 locked "(access denied)" "./run is not executable"
	chmod +x sv/locked/run
	expect 1 locked "(access denied)" "but now nothing is wrong with it."
}

@test "a supervise that takes over still knows why" {
	printf '#!/bin/sh\nexit 9\n' | script sv/start/start
	ln -s ../sv/start scan/start
	sleeper web
	setting web/backoff "$LONG"
	scanner
	expect 1 start "./start exited with code 9"
	wait_until is_in web ready
	svc -k web
	expect 1 web "since a command ended it"
	local name old
	for name in start web; do
		old=$(supervise_of "scan/$name")
		kill -KILL "$old"
		wait_until revived "scan/$name" "$old"
	done
	expect 1 start "./start exited with code 9"
	expect 1 web "since a command ended it"
}

# ---- On its way

@test "starting, not ready by descriptor and by check, and a check that cannot be executed" {
	printf '#!/bin/sh\nexec sleep 100000\n' | script sv/job/start
	ln -s ../sv/job scan/job
	sleeper fd check broken
	setting fd/notification-fd 7
	printf '#!/bin/sh\nexit 1\n' | script sv/check/check
	printf '#!/bin/shh\n' | script sv/broken/check
	scanner
	expect 1 job "job is starting: ./start runs for " "(process " "next: when it exits 0, all is well" "do:   ps -fp "
	expect 1 fd "fd runs for " "to write a newline to descriptor 7 (notification-fd)." "next: it counts as ready as soon as it does" "do:   svwait"
	expect 1 check "./check has not succeeded yet." "next: it is asked again" "do:   ask it yourself: cd $W/check && ./check; echo \$?"
	expect 1 broken "./check asks for the interpreter /bin/shh"
}

@test "not healthy: restarted, and meanwhile stubborn" {
	printf '#!/bin/sh\ntrap "" TERM\n: >ready\nwhile :; do sleep 1; done\n' | service web
	printf '#!/bin/sh\n[ ! -e ../sick ] && [ -e ready ]\n' | script sv/web/check
	setting web/check-interval 20
	setting web/backoff "$LONG"
	scanner
	expect 0 web "web is ready"
	touch sv/sick
	expect 1 web "web is not healthy: ./check has failed three times in a row, so it was told to end " \
		"but its process " " lives on." "next: as soon as it has ended it is started again" "do:   cd $W/web && ./check"
	kill -KILL "$(key scan/web pid)"
	expect 1 web "it was told to end, since ./check had failed three times in a row." "next: it is started again in "
	svc -u web
	expect 1 web "./check has not succeeded yet. It was restarted, since ./check had failed three times in a row."
}

@test "stubborn, paused, stopped, finish and stop that take their time" {
	printf '#!/bin/sh\ntrap "" TERM\n: >ready\nwhile :; do sleep 1; done\n' | service deaf
	sleeper paused stopped slow
	printf '#!/bin/sh\nexec sleep 100000\n' | script sv/slow/finish
	setting slow/timeout-finish 0
	scanner
	wait_until [ -e sv/deaf/ready ]
	svc -d deaf
	expect 1 deaf "deaf was told to end " "but its process " " lives on." "next: it is waited for without a limit (there is no timeout-kill)" \
		"do:   svc -k deaf kills it"
	wait_until is_in paused ready
	svc -p paused
	expect 1 paused "paused is paused (svc -p): its process " "next: nothing, until it is told to go on" "do:   svc -c paused"
	wait_until is_in stopped ready
	kill -STOP "$(key scan/stopped pid)"
	expect 1 stopped "stopped stands still: somebody has stopped its process" "do:   svc -c stopped"
	svc -c stopped
	expect 0 stopped "stopped is ready"
	wait_until is_in slow ready
	svc -d slow
	expect 1 slow "slow has ended, and ./finish runs for " "next: it is waited for without a limit (timeout-finish)" "do:   ps -fp "
}

# ---- What stands in the way

@test "strays: who they are, and the port that they hold" {
	command -v perl >/dev/null || skip "needs perl"
	cat >listen.pl <<-'X'
	use IO::Socket::INET; use POSIX;
	my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', LocalPort => 0) or die;
	open(my $f, '>', '../port.new'); print $f $s->sockport, "\n"; close $f; rename '../port.new', '../port';
	sleep 1 while 1;
	X
	printf '#!/bin/sh\nsetsid perl ../../listen.pl &\nwhile [ ! -e ../port ]; do sleep 0.02; done\nexit 0\n' | service web
	setting web/backoff "$LONG"
	scanner
	expect 1 web "./run ended with exit code 0." "Of earlier runs there live on: perl (process " ", tcp port $(cat sv/port 2>/dev/null)" \
		"It seems to put itself into the background"
	[[ $(svwhy web) == *", tcp port $(cat sv/port))"* ]]
	# What is to be typed ends them.
	local kill
	kill=$(svwhy web | sed -n 's/^[ do:]*\(kill [0-9 ]*\);.*/\1/p')
	[[ $kill =~ ^kill\ [0-9]+$ ]]
	$kill
	wait_until gone "${kill#kill }"
}

@test "the logger does not read: the pipe is full" {
	printf '#!/bin/sh\nexec yes 2>/dev/null\n' | service web
	printf '#!/bin/sh\nexec sleep 100000\n' | script sv/web/log/run
	scanner
	expect 1 web "web is up for " ". Its log pipe is full (65536 bytes), so it stands still as soon as it writes: its logger (process " ") does not read." \
		"next: it goes on as soon as the logger reads" "do:   svwhy web/log" \
		"web/log runs for " ", but does not read what web writes: the pipe between them is full."
	expect 1 web/log/ "web/log/ runs for " ", but does not read what web writes" "svc -t web/log"
	svc -wp web/log
	expect 1 web "stands still, stopped by a signal." "web/log is paused (svc -p)"
	svc -wcd web/log
	expect 1 web "its logger is down." "web/log is down for "
	# One that reads is not accused, however much there is to be read.
	printf '#!/bin/sh\nexec cat >/dev/null\n' >sv/web/log/run
	svc -u web/log
	expect 0 web "web is ready"
	expect 0 web/log "web/log is ready"
}

@test "the logger does not read, since its disk is full" {
	need_root
	command -v unshare >/dev/null || skip "needs unshare"
	unshare -m true 2>/dev/null || skip "needs the right to mount"
	printf '#!/bin/sh\nexec yes 2>/dev/null\n' | service web
	printf '#!/bin/sh\nexec multilog s16000000 ./main 2>../said\n' | script sv/web/log/run
	mkdir sv/web/log/main
	cat >inside <<-'X'
	mount -t tmpfs -o size=100k none sv/web/log/main || exit 9
	svscan scan >err 2>&1 </dev/null &
	until svwhy web | grep 'main is full' >/dev/null; do sleep 0.05; done
	svwhy web
	svwhy web/log
	X
	run timeout -s KILL "$LIMIT" unshare --pid --fork --mount-proc --kill-child sh inside 3>&-
	echo "$output"
	[[ $output == *"Its log pipe is full ("*" bytes), so it stands still as soon as it writes: its logger (process "*") does not read. The file system of $W/web/log/main is full."* ]]
	[[ $output == *"do:   df $W/web/log/main; remove something there"* ]]
	[[ $output == *"web/log runs for "*", but does not read what web writes: "*" The file system of $W/web/log/main is full."* ]]
}

# ---- Nobody to start it

@test "no svscan, not enabled, hidden, nothing to run, no such service" {
	sleeper web db
	mkdir -p scan/.hidden scan/empty sv/other
	touch scan/.hidden/run
	ln -s /nowhere/at/all scan/lost
	cp sv/web/run sv/other/run
	# An ordinary user may not be told of svscans of others, which come and go.
	local unwatched="since no svscan watches $W."
	if [ "$(id -u)" = 0 ]; then
		expect 102 web "next: nothing is started until there is one" "do:   svscan $W &"
	else
		unwatched=""
	fi
	expect 102 web "web is not supervised, $unwatched"
	expect 102 ./sv/other "./sv/other is not enabled: nothing in $W leads to $PWD/sv/other." "do:   ln -s $PWD/sv/other $W/"
	expect 102 ./scan/.hidden "svscan passes over names that begin with a dot."
	expect 111 nosuch "nosuch is no service: there is no such directory, neither here nor in $W." "do:   ls $W"
	expect 111 wbe "neither here nor in $W; but there is web."
	expect 111 lost "lost is no service: $W/lost is a link to /nowhere/at/all, which does not exist."
	# Asked for all, one answer is enough.
	run -102 svwhy
	[[ ${lines[0]} == "db is not supervised, $unwatched"* ]]
	[[ -z $unwatched || ${lines[3]} == "The same holds for 1 more." ]]
	scanner
	expect 102 empty "empty has neither run nor start" "next: svscan starts it as soon as one of them is there"
	expect 0 web "web is ready"
	mkdir none
	SVDIR=$PWD/none run -0 svwhy
	[ "$output" = "There is no service in $PWD/none; to enable one: ln -s /path/of/its/directory $PWD/none/" ]
	SVDIR=$PWD/nowhere run -111 svwhy
}

@test "a supervise that cannot start, and a logger that came later" {
	sleeper web late
	touch sv/web/supervise
	scanner
	expect 102 web "web is not supervised, although svscan (process $scanner) watches $W" "supervise cannot write there: supervise is there, but is no directory." \
		"next: svscan tries it again at most once a second" "do:   ls -ld $W/web $W/web/supervise"
	expect 0 late "late is ready"
	printf '#!/bin/sh\nexec multilog ./main\n' | script sv/late/log/run
	expect 102 late/log "its log/ was made later than the supervise of late began" "do:   svc -dx late"
	svc -dx late
	expect 0 late/log "late/log is ready"
}

@test "a killed supervise, and nobody to start another" {
	sleeper web
	start sv/web
	wait_until key_is sv/web state ready
	murder
	expect 102 web "web has no supervise, but what a killed one has started still runs." "next: under svscan a new supervise takes it over" "svscan $W"
}

@test "no permission" {
	need_root
	sleeper web
	printf '#!/bin/sh\nexit 1\n' | service bad
	scanner
	wait_until is_in web ready
	chmod 755 "$BATS_TEST_TMPDIR" scan sv
	run -111 setuidgid nobody svwhy web
	[[ ${lines[0]} == "web cannot be asked: you have no right to look into $W/web/supervise." ]]
	[[ ${lines[2]} == "    do:   sudo svwhy $W/web;"* ]]
	run -111 setuidgid nobody svwhy
}

@test "the supervise of another suite" {
	need_peer
	sleeper web
	background "$PEER/supervise" sv/web
	expect 0 web "web is up; its supervise is not upkeep's, and tells no more."
}

# ---- The program

@test "strange names are quoted, so that they can be typed" {
	printf '#!/bin/shh\n' | service "a b'c"
	setting "a b'c/backoff" "$LONG"
	scanner
	expect 1 "a b'c" "do:   correct the first line of '$W/a b'\\''c/run'"
	svc -d "a b'c"
	expect 0 "a b'c" "do:   svc -u 'a b'\\''c'"
	# An option it is not, nor a directory that has the same name here.
	printf '#!/bin/shh\n' | service -d
	setting -d/backoff "$LONG"
	expect 1 "$W/-d" "since ./run cannot be executed"
	sleeper off
	mkdir off
	wait_until svok "$W/off"
	svc -wd "$W/off"
	run -1 svwhy
	[[ ${lines[0]} == "$W/-d is down for "* ]]
	run -1 svwhy -- -d
	[[ ${lines[0]} == "$W/-d is down for "* ]]
	script sv/user/run <"sv/off/run"
	setting user/needs off
	ln -s ../sv/user scan/user
	expect 1 user "off is down" "do:   svc -u $W/off"
}

@test "nothing that a stranger has written commands the terminal, whatever the state" {
	local state evil=$'\e]0;x\a\x9b2J' at=@400000006b02e4b316d33554 bad=0
	sleeper web
	pretend sv/web
	mkdir -p sv/web/log/main
	printf '#!/bin/sh\nexec multilog ./main\n' | script sv/web/log/run
	printf '%s\n' "$at $evil" "$evil" >sv/web/log/main/current
	for state in waiting failed backoff starting stopping finishing done down up ready; do
		tell sv/web state=$state "waiting=$evil/b$evil" "needs=$evil" "exit=$evil" \
			"signal=$evil" "death_by=$evil" "trouble=run/exec/$evil" "child=$evil" \
			"last_deaths=$at/exit/1 $at/signal/$evil" "changed=$at" "boot=$evil" \
			"strays=$evil" "backoff=$evil" deaths=2 healthy=0 "version=$evil"
		svwhy web >said || true
		[ -s said ]
		LC_ALL=C grep -P '[\x00-\x09\x0b-\x1f\x7f]|(?<![\xc2-\xf4\x80-\xbf])[\x80-\x9f]' said &&
			bad=1
	done
	[ "$bad" = 0 ]
	die_pretended
}

@test "options, and lost output" {
	run -100 svwhy -z
	[ "${lines[0]}" = "svwhy: illegal option -- z" ]
	[ "${lines[1]}" = "svwhy: usage: svwhy [-V] [service ...]" ]
	run -0 svwhy -V
	[ "$output" = "svwhy $(cat "$TOP/package/version")" ]
	lose() { svwhy nosuch >/dev/full; }
	run -111 lose
}
