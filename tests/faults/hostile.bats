# A user owns supervise/ and value files of a service whose supervise is root's: whatever he puts
# there, and whomever the files name, root's programs touch nothing of root's, and none hangs.

load ../helper
load ../service
load ../hostile

setup() {
	need_root
	cd "$BATS_TEST_TMPDIR"
	export ASAN_OPTIONS=detect_leaks=0
	OUTSIDE=$PWD/outside
	export SVDIR=$PWD
}

# service NAME: a new one, whose supervise/ is the user's; started in it tells that it runs.
service() {
	rm -rf "$1"
	mkdir -p "$1/supervise"
	printf '#!/bin/sh\n: >started\nexec sleep 100000\n' >"$1/run"
	chmod 755 "$1/run"
	echo 0 1 >"$1/backoff"
	chown "$USER" "$1/supervise"
}

# settled DIR PID: the service runs, or its supervise has given up.
settled() {
	[ -e "$1/started" ] || gone "$2"
}

# leave PID: the supervise is told to end in a way that nobody else can intercept.
leave() {
	kill -TERM "$1" 2>/dev/null || true
	wait_until gone "$1"
	wait "$1" || [ $? = 111 ]
}

# What has been put there before the start: one that cannot be used may be the end of supervise.
PLACES=('lock' 'control' 'ok' 'status status.new state state.new record record.new')

@test "in place of what supervise uses, before it starts" {
	local i j
	guard
	for i in "${!KINDS[@]}"; do
		local -a pids=() names=()
		for j in "${!PLACES[@]}"; do
			service "web$j"
			(cd "web$j/supervise" && plant "$i" ${PLACES[j]}) || continue 2
			start "web$j"
			names+=("./web$j")
			pids+=("$supervisor")
		done
		for j in "${!PLACES[@]}"; do wait_until settled "web$j" "${pids[j]}"; done
		ask_all "${names[@]}"
		for j in "${pids[@]}"; do leave "$j"; done
		untouched "${KINDS[i]%|*}"
	done
	unguard
}

@test "in place of everything, while it runs: also a restart writes nothing there" {
	local i pid
	guard
	for i in "${!KINDS[@]}"; do
		service web
		start web
		wait_until test -e web/started
		wait_until is_up svstat web
		pid=$(pid_of svstat web)
		(cd web/supervise && plant "$i" lock control ok status status.new state state.new \
			record record.new) || continue
		wait_until test -e web/started
		rm web/started
		kill -KILL "$pid"
		wait_until test -e web/started
		ask_all ./web
		leave "$supervisor"
		untouched "${KINDS[i]%|*}"
	done
	unguard
}

# lead DIR: its supervise is a link to his/sv, which is not there yet.
lead() {
	service "$1"
	rmdir "$1/supervise"
	ln -s ../his/sv "$1/supervise"
	rm -rf his
	mkdir his
	chown "$USER" his
}

# Links named supervise belong to who owns the service directory, and are followed: if one leads to a
# place where somebody else may put a link to a directory of root's, that is used as what it is.
@test "supervise/ itself is no directory before the start: whatever the owner of its place puts there" {
	local i
	guard
	for i in "${!KINDS[@]}"; do
		[[ ${KINDS[i]} != @(a directory|a link to a directory|a link to what is not there|a link into a directory)\|* ]] || continue
		lead web
		(cd his && plant "$i" sv) || continue
		start web
		wait_until settled web "$supervisor"
		ask_all ./web
		leave "$supervisor"
		untouched "${KINDS[i]%|*}"
	done
	unguard
}

@test "supervise/ itself is replaced while it runs, by anything: supervise goes on in what it has" {
	local i pid
	guard
	for i in "${!KINDS[@]}"; do
		[[ ${KINDS[i]} != 'a link to a directory|'* ]] || continue
		lead web
		mkdir his/sv
		chown "$USER" his/sv
		start web
		wait_until is_up svstat web
		pid=$(pid_of svstat web)
		mv his/sv his/real
		(cd his && plant "$i" sv) || { leave "$supervisor" && continue; }
		rm web/started
		kill -KILL "$pid"
		wait_until test -e web/started
		goes_on() { grep -qx 'pid=[1-9][0-9]*' his/real/state && ! grep -qx "pid=$pid" his/real/state; }
		wait_until goes_on
		ask_all ./web
		leave "$supervisor"
		untouched "${KINDS[i]%|*}"
	done
	unguard
}

@test "value files: as large as they can be, and full of anything" {
	local name content warnings
	guard
	for content in 'truncate -s 1T "$1"' 'head -c 70000 /dev/urandom >"$1"' \
		'printf "\033[2J\033]0;x\007\r\n" >"$1"' 'chmod 0 "$1"' 'yes a/../b | head -c 5000 >"$1"'; do
		service web
		for name in backoff check-interval down-signal leftovers max-deaths needs \
			notification-fd timeout-check timeout-finish timeout-kill timeout-start; do
			: >"web/$name"
			chown "$USER" "web/$name"
			$AS_USER sh -c "$content" write "web/$name" || continue 2
		done
		start web
		wait_until settled web "$supervisor"
		ask_all ./web
		leave "$supervisor"
	done
	run ! grep $'[\033\007\r]' err said
	unguard
}

# A file under a lease is opened when its owner permits it, or after 45 s; who does not wait is told
# so at once.
@test "leases: who waits to be permitted waits for ever" {
	local name
	guard
	service web
	start web
	wait_until test -e web/started
	wait_until is_up svstat web
	leave "$supervisor"
	rm web/started
	for name in lock status state record backoff; do
		[ "$name" != backoff ] || : >web/backoff
		local path=web/supervise/$name
		[ -e "$path" ] || path=web/$name
		chown "$USER" "$path"
		chmod 700 web/supervise
		background $AS_USER perl -e '
			$SIG{IO} = "IGNORE";
			open my $file, "+<", shift or die;
			fcntl $file, 1024, 1 or die "no lease: $!";
			print "held\n";
			close STDOUT;
			sleep 100000;' "$path" >held 2>&1
		local holder=$!
		wait_until grep -qE 'held|no lease' held
		start web
		wait_until settled web "$supervisor"
		ask_all ./web
		leave "$supervisor"
		kill -KILL "$holder" 2>/dev/null || gone "$holder" # as one that got no lease is
		wait_until gone "$holder"
		rm -f web/started web/backoff
	done
	[ -s held ]
	unguard
}

# ---- Forged records ------------------------------------------------------------------------------

# victim SHELL-LIKE: somebody else's process, whose number is in ./victim, notes each signal in
# ./signals; ALONE it is in the group of a leader that has gone, BURIED in that of a zombie.
victim() {
	rm -f victim leader signals
	background perl -e '
		use POSIX;
		my $kind = shift;
		sub note { open my $f, ">>", "signals"; print $f "@_\n"; }
		sub wait_here {
			for (qw(HUP INT QUIT TERM CONT USR1 USR2 ALRM WINCH ABRT)) { my $s = $_; $SIG{$s} = sub { note $s }; }
			open my $f, ">", "victim.new"; print $f "$$\n"; close $f; rename "victim.new", "victim";
			sleep 100000 while 1;
		}
		my $child;
		$SIG{HUP} = sub { waitpid $child, 0; }; # before anybody can be told to send it
		if ($child = fork) { sleep 100000 while 1; }
		setsid;
		open my $f, ">", "leader"; print $f "$$\n"; close $f;
		wait_here if $kind eq "leading";
		wait_here unless fork;
		# Its parent does not bury it before HUP.
		exit;' "$1"
	parent=$!
	wait_until test -s victim
	leader=$(cat leader)
	[ "$1" = leading ] || wait_until gone "$leader"
	# Not by process 1, which in some containers buries nobody.
	if [ "$1" = alone ]; then
		kill -HUP "$parent"
		wait_until test ! -e "/proc/$leader"
	fi
}

ticks_of() {
	local stat
	stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
	stat=${stat##*) }
	set -- $stat
	echo "${20}"
}

# forge PID TICKS [KEY=VALUE...]: the record names this process, the state is that of a killed supervise.
forge() {
	local record pair at
	at=$(stat -c '%d-%i' web/supervise)
	at=$(printf '%x-%x' "${at%-*}" "${at#*-}")
	record="$1 ticks=$2 boot=$(cat /proc/sys/kernel/random/boot_id) at=$at"
	printf "%-$(($(stat -c %s web/supervise/record) - 1))s\n" "$kind pid=$record" >web/supervise/record
	shift 2
	for pair in left=0 buried_pid=1 at="$at" "$@"; do
		sed -i "s/^${pair%%=*}=.*/$pair/" web/supervise/state
	done
	chown -R "$USER" web/supervise
}

@test "records: nobody but the service is signalled, whomever they name" {
	local who row kind ticks
	guard
	service web
	start web
	wait_until is_up svstat web
	svc -dx web
	wait_until gone "$supervisor"
	cp -a web/supervise pattern
	for who in leading zombie alone; do
		victim "$who"
		for row in 'run up' 'run stopping' 'run finishing' 'finish finishing'; do
			kind=${row% *}
			for ticks in $(ticks_of "$leader") 5; do
				rm -rf web/supervise web/started
				cp -a pattern web/supervise
				forge "$leader" "$ticks" "state=${row#* }" child= want=up
				start web
				wait_until settled web "$supervisor"
				[ ! -e web/started ] || svc -t -+t -+k -a -u web
				leave "$supervisor"
				[ ! -e signals ] && alive "$(cat victim)" || {
					echo "$who, $row, ticks $ticks: $(cat signals)" >&2
					return 1
				}
			done
		done
		kill -KILL "$(cat victim)" "$parent" 2>/dev/null || true
	done
	unguard
}

@test "records: numbers that mean no process, or too many" {
	local pid kind=run
	guard
	service web
	start web
	wait_until is_up svstat web
	svc -dx web
	wait_until gone "$supervisor"
	cp -a web/supervise pattern
	for pid in 0 1 2147483647 4294967295 18446744073709551615; do
		rm -rf web/supervise web/started
		cp -a pattern web/supervise
		forge "$pid" 5 "supervise_pid=$pid" supervise_ticks=5 state=finishing child= want=up
		start web
		wait_until settled web "$supervisor"
		told svwhy web
		leave "$supervisor"
	done
	unguard
}

# ---- Descriptors ---------------------------------------------------------------------------------

# A process has a descriptor that means root's FIFO, which it may not open: 1, 3.
points_at_pipe() {
	cat >web/run <<-END
		#!/bin/sh
		exec setpriv --reuid $USER --regid $USER --clear-groups perl -e '
			use POSIX;
			\$SIG{PIPE} = "IGNORE";
			sysopen my \$pipe, "../outside/pipe", 010000000 or die;
			dup2(fileno \$pipe, \$_) for 0, 1, 3;
			open my \$file, ">", "/proc/self/comm"; print \$file "pointing";
			close \$file;
			sleep 100000 while 1;'
	END
}

pointing() {
	local pid
	pid=$(pid_of svstat web)
	[ -n "$pid" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = pointing ] && pointer=$pid
}

@test "a killed supervise: its successor hears no readiness on root's FIFO" {
	guard
	service web
	points_at_pipe
	chown root web/supervise
	echo 3 >web/notification-fd
	start web
	wait_until pointing
	murder
	start web
	wait_until key_is web supervise_pid "$supervisor"
	[ "$(pid_of svstat web)" = "$pointer" ]
	untouched "the descriptor of readiness"
	svc -dx web
	unguard
}

@test "a killed svscan: its successor makes no log pipe of root's FIFO" {
	guard
	mkdir scan
	service web
	points_at_pipe
	chown root web/supervise
	make_service web/log
	printf '#!/bin/sh\nexec cat >/dev/null\n' >web/log/run
	ln -s ../web scan/
	local round old
	for round in 1 2; do
		background svscan scan 2>>err
		scanner=$!
		wait_until pointing
		wait_until is_up svstat web/log
		wait_until key_is web pid "$pointer"
		wait_until key_is web/log pid "$(pid_of svstat web/log)"
		[ "$round" = 1 ] || break
		kill -KILL "$scanner"
		wait_until gone "$scanner"
		# The logger is gone: only the service still has the pipe, or says so.
		kill -KILL "$(key web supervise_pid)" "$(key web/log supervise_pid)" "$(key web/log pid)"
	done
	untouched "the descriptor of the log"
	kill -TERM "$scanner"
	wait_until gone "$scanner"
	unguard
}

@test "svwhy opens no FIFO of root's for whoever says that he is the supervise" {
	guard
	service web
	points_at_pipe
	make_service web/log
	start web
	wait_until pointing
	sed -i -e "s/^supervise_pid=.*/supervise_pid=$pointer/" \
		-e "s/^supervise_ticks=.*/supervise_ticks=$(ticks_of "$pointer")/" web/supervise/state
	told svwhy web
	told svwhy web/log
	leave "$supervisor"
	unguard
}

# ---- Modes ---------------------------------------------------------------------------------------

@test "umask 0 makes no file that others can write" {
	mkdir -p scan/web/log scan/.svscan/log
	printf '#!/bin/sh\nexec sh -c "echo line; exec sleep 100000"\n' >scan/web/run
	printf '#!/bin/sh\nexec multilog t ./main "=status" "!cat"\n' >scan/web/log/run
	printf '#!/bin/sh\nexec multilog ./main\n' >scan/.svscan/log/run
	echo 3 >scan/web/notification-fd
	chmod 755 scan/*/run scan/*/log/run scan/.svscan/log/run
	background sh -c 'umask 0; exec svscan scan' 2>err
	scanner=$!
	wait_until is_up svstat scan/web
	wait_until contains scan/web/log/main/current line
	svc -D scan/web
	wait_until is_down svstat scan/web
	run -0 find scan -ignore_readdir_race ! -type l -perm /022
	[ "$output" = "" ]
	kill -TERM "$scanner"
	wait_until gone "$scanner"
	run -0 find scan ! -type l -perm /022
	[ "$output" = "" ]
}

@test "root is told once who else can write what it executes" {
	local change says
	while read -r change says; do
		service web
		chown root web/supervise
		printf '#!/bin/sh\n' >web/finish
		chmod 755 web/finish
		${change//,/ }
		: >err
		start web
		wait_until is_up svstat web
		svc -t web
		svc -dx web
		wait_until gone "$supervisor"
		[ "$(cat err)" = "${says:+supervise: warning: $says, who can so become root}" ] || {
			echo "$change: $(cat err)" >&2
			return 1
		}
	done <<-END
		true
		chgrp,0,web/run
		chmod,g+w,web/run
		chmod,o+w,web/run web/run can be written by everybody
		chown,$USER,web/finish web/finish can be written by user $USER
		chown,$USER,web web/. can be written by user $USER
		chmod,1777,web web/. can be written by everybody
	END
	service web
	chown root web/supervise
	chgrp "$USER" web/run
	chmod g+w web/run
	: >err
	start web
	wait_until is_up svstat web
	grep -qx "supervise: warning: web/run can be written by group $USER, who can so become root" err
	svc -dx web
	wait_until gone "$supervisor"
	# Who is not root has nothing to give.
	chown -R "$USER" web
	chmod 777 web
	: >err
	start web $AS_USER
	wait_until is_up svstat web
	run ! grep 'can be written' err
	svc -dx web
	wait_until gone "$supervisor"
}
