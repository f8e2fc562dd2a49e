# The chain loaders: each promise of their pages, and each case beside 0.76.
# Not covered: names that come from anywhere but /etc/passwd and /etc/group.

load helper
load peers

setup() {
	cd "$BATS_TEST_TMPDIR"
	chmod 755 . # other accounts come here
	export LC_ALL=C
}

# same: each line of stdin is a command; theirs and ours must print the same and end the same.
same() {
	local command who failed=0
	while IFS= read -r command; do
		for who in "$PEER" "$BIN"; do
			rm -rf work
			cp -R seed work
			(
				cd work
				PATH=$who:/usr/bin:/bin
				# The names of the shell's own messages and of $_ are not compared.
				timeout "$LIMIT" bash -c "$command" bash "$who" 3>&-
			) </dev/null >out 2>err || echo "exit $?" >>out
			sed -i 's/^bash: line 1: *[0-9]* //' err
			cat out err >"of.${who//\//.}"
		done
		cmp -s "of.${PEER//\//.}" "of.${BIN//\//.}" || {
			echo "$command"
			diff "of.${PEER//\//.}" "of.${BIN//\//.}"
			failed=1
		}
	done
	return $failed
}

# as_other ACCOUNT... COMMAND: as a user who owns nothing here.
as_other() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

@test "beside 0.76, without privilege" {
	need_peer
	mkdir -p seed/e/d seed/v seed/loop seed/none
	ln -s self seed/loop/self
	printf true >seed/plain
	chmod +x seed/plain
	mkfifo seed/v/FIFO
	: >seed/v/HOME
	: >seed/v/K=L
	printf eq >seed/v/G=H
	printf lead >'seed/v/a b'
	printf ' \n' >seed/v/B
	printf '\n' >seed/v/C
	printf '  x\t \t' >seed/v/D
	printf 'a\0b \t\nzz' >seed/v/N
	printf 'cr\r\n' >seed/v/R
	printf new >seed/v/OLD
	printf no >seed/v/.hidden
	head -c 131064 /dev/zero | tr '\0' x >seed/none/FITS
	same <<-'END'
		setuidgid nosuch true
		setuidgid '' true
		setuidgid -z true
		setuidgid -- root
		envuidgid
		envuidgid root
		envuidgid nosuch true
		envuidgid -z true
		envuidgid -s root true
		envuidgid root nosuch
		env -i UID=4 GID=9 A=1 "$1/envuidgid" games /usr/bin/env | sort
		envdir nosuch true
		envdir '' true
		envdir -z true
		envdir -- v true
		envdir /etc/passwd true
		envdir e true
		envdir e/ true
		envdir loop true
		envdir v nosuch
		envdir v ./plain
		env -i A=1 HOME=/x OLD=old K=old PATH=/usr/bin:/bin "$1/envdir" v env | sort
		envdir none printenv FITS
		printf x >>none/FITS; envdir none printenv FITS
		mkdir p; echo /nowhere >p/PATH; envdir p env | grep ^PATH
		: >p; mkdir q; : >q/PATH; envdir q env | grep ^PATH
		softlimit
		softlimit -z
		softlimit -a
		softlimit -o
		softlimit -o 50
		softlimit -o 50 -z true
		softlimit -o foo true
		softlimit -o -1 true
		softlimit -o 5x true
		softlimit -o =5 true
		softlimit -o 0x10 true
		softlimit -o 50 nosuch
		softlimit -- cat /proc/self/limits
		softlimit -c '' cat /proc/self/limits
		softlimit -o60 -o 70 cat /proc/self/limits
		softlimit -o 99999999 cat /proc/self/limits
		softlimit -o 18446744073709551615 cat /proc/self/limits
		softlimit -o = -c = cat /proc/self/limits
		softlimit -s 800000 softlimit -s = cat /proc/self/limits
		softlimit -m 100000000 cat /proc/self/limits
		softlimit -a 100000000 cat /proc/self/limits
		softlimit -c 1 -d 100000000 -f 30000 -l 4 -o 50 -p 20000 -r 700 -s 800000 -t 9 cat /proc/self/limits
		setlock
		setlock f
		setlock -z f true
		setlock -nNxX -- f true; stat -c %a%s f
		echo text >f; setlock f true; cat f
		umask 0; setlock f true; stat -c %a f
		setlock e true
		setlock -x e true
		setlock -xX e true
		setlock nosuch/f true
		setlock v/FIFO true
		setlock '' true
		setlock f sed -n 2p /proc/self/fdinfo/3
		setlock f find /proc/self/fd -lname '*/f'
		setlock f setlock -n f true
		setlock f setlock -nx f false
		setlock f setlock -nxX f true
		setlock f setlock -nN g false
		setlock f nosuch
		setlock -x f nosuch
		pgrphack
		pgrphack ''
		pgrphack nosuch
		pgrphack /tmp
		pgrphack /etc/passwd
		pgrphack /etc/passwd/x
		pgrphack ./plain
		pgrphack -z
		pgrphack --
		PATH= "$1/pgrphack" true
		env -u PATH "$1/pgrphack" true
		PATH=/etc/passwd:/nosuch::/bin "$1/pgrphack" plain
		PATH=/tmp:/bin "$1/pgrphack" true
		fghack
		fghack nosuch
		fghack -z
		fghack sh -c 'exit 3'
		fghack sh -c 'exit 256; echo no'
		fghack sh -c 'kill -9 $$'
		fghack sh -c 'kill -TERM $$'
		fghack sh -c 'sleep 0.2 & exit 4'
		fghack sh -c 'echo junk >&5; exit 5'
		fghack ls /proc/self/fd
		exec 3>&-; fghack sh -c 'ulimit -n 20; ls /proc/self/fd'
		ulimit -n 10; exec fghack sh -c true
		readproctitle
		readproctitle abcd
		readproctitle abcde ''
		readproctitle abcd abcde
		readproctitle abcde <&-
	END
}

@test "beside 0.76, as root" {
	need_root
	need_peer
	mkdir -p seed/noread seed/noenter seed/v
	chmod 311 seed/noread
	chmod 644 seed/noenter
	same <<-'END'
		setuidgid games nosuch
		setuidgid games sh -c 'grep -E "^(Uid|Gid|Groups|Cap)" /proc/self/status'
		setuidgid root sh -c 'grep -E "^(Uid|Gid|Groups|Cap)" /proc/self/status'
		A=1 HOME=/x USER=y env -u PATH "$1/setuidgid" games /usr/bin/env | grep -v ^_
		setuidgid games ls /proc/self/fd
		setuidgid games setuidgid games true
		setuidgid games setuidgid root true
		envuidgid games sh -c 'grep -E "^(Uid|Gid|Groups|Cap)" /proc/self/status'
		setpriv --reuid 65534 --clear-groups "$1/envdir" noread true
		setpriv --reuid 65534 --clear-groups "$1/envdir" noenter true
		setpriv --reuid 65534 --clear-groups "$1/setlock" v/f true
		setpriv --reuid 65534 --clear-groups "$1/setuidgid" nobody true
		setuidgid nobody pgrphack true
	END
}

@test "usage, where it says more than 0.76 did" {
	run -100 setuidgid
	[ "$output" = "setuidgid: usage: setuidgid [-s] account child" ]
	run -100 setuidgid -s root
	[ "$output" = "setuidgid: usage: setuidgid [-s] account child" ]
	run -111 envdir
	[ "$output" = "envdir: usage: envdir [-p prefix] dir child" ]
	run -111 envdir -p X dir
	[ "$output" = "envdir: usage: envdir [-p prefix] dir child" ]
}

# ---- setuidgid, envuidgid ------------------------------------------------------------------------

@test "setuidgid leaves no way back to root" {
	need_root
	local key count=0
	setuidgid 4001:4002 cat /proc/self/status >status
	while read -r key value; do
		case $key in
		Uid:) [ "$value" = "$(printf '4001\t4001\t4001\t4001')" ] ;;
		Gid:) [ "$value" = "$(printf '4002\t4002\t4002\t4002')" ] ;;
		Groups:) [ "$value" = 4002 ] ;;
		CapInh: | CapPrm: | CapEff: | CapAmb:) [ "$value" = 0000000000000000 ] ;;
		*) continue ;;
		esac
		((++count))
	done <status
	[ "$count" = 7 ]
	run ! setuidgid nobody setpriv --reuid 0 true
	run ! setuidgid nobody setpriv --regid 0 --keep-groups true
	run ! setuidgid nobody setpriv --groups 0 true
}

@test "setuidgid: groups, then group, then user; if one fails the program is not run" {
	need_root
	command -v strace >/dev/null || skip "needs strace"
	export ASAN_OPTIONS=detect_leaks=0
	local calls=setgroups,setgid,setuid call
	strace -o trace -e trace=$calls setuidgid 4001:4002 true
	[ "$(sed -n 's/ *= 0$//p' trace | tr '\n' ' ')" = "setgroups(1, [4002]) setgid(4002) setuid(4001) " ]
	for call in ${calls//,/ }; do
		run -111 strace -o trace -e trace=$call -e inject=$call:error=EAGAIN setuidgid 4001:4002 touch ran
		[ "$output" = "setuidgid: fatal: unable to ${call/groups/gid}: temporary failure" ]
		[ ! -e ran ]
	done
}

# with_accounts DIR COMMAND...: where DIR is /etc.
with_accounts() {
	local etc=$1
	shift
	unshare -m sh -c 'mount --bind "$0" /etc && exec "$@"' "$PWD/$etc" "$@"
}

need_namespaces() {
	need_root
	unshare -m true 2>/dev/null || skip "needs mount namespaces"
}

# identity ACCOUNT...: uid, gid and groups that setuidgid ACCOUNT gives.
identity() {
	with_accounts etc setuidgid "$@" sh -c 'echo $(id -u) $(id -g) $(sed -n "s/^Groups://p" /proc/self/status)'
}

make_accounts() {
	mkdir etc empty
	cat >etc/passwd <<-'END'
		root:x:0:0::/:/bin/sh
		web:x:4001:4002::/:/bin/sh
		77:x:4077:4078::/:/bin/sh
	END
	cat >etc/group <<-'END'
		web:x:4002:
		extra:x:4003:other,web
		88:x:4088:web
	END
}

@test "accounts are names or numbers, with or without a group, and a name wins over a number" {
	need_namespaces
	make_accounts
	[ "$(identity web)" = "4001 4002 4002" ]
	[ "$(identity 4001)" = "4001 4002 4002" ]
	[ "$(identity web:extra)" = "4001 4003 4003" ]
	[ "$(identity web:4003)" = "4001 4003 4003" ]
	[ "$(identity 4001:extra)" = "4001 4003 4003" ]
	[ "$(identity 9:8)" = "9 8 8" ]
	[ "$(identity 9)" = "9 9 9" ]
	[ "$(identity 77)" = "4077 4078 4078" ]
	[ "$(identity 77:88)" = "4077 4088 4088" ]
	[ "$(identity 4294967294)" = "4294967294 4294967294 4294967294" ]
	[ "$(with_accounts etc envuidgid 4001:extra sh -c 'echo $UID $GID')" = "4001 4003" ]
}

@test "setuidgid -s gives the groups of the user, also more than 32" {
	need_namespaces
	make_accounts
	[ "$(identity -s web)" = "4001 4002 4002 4003 4088" ]
	[ "$(identity -s 4001)" = "4001 4002 4002 4003 4088" ]
	[ "$(identity -s web:9)" = "4001 9 9 4003 4088" ]
	[ "$(identity -s 9)" = "9 9 9" ]
	local i
	for i in {5001..5100}; do
		echo "g$i:x:$i:web"
	done >>etc/group
	[ "$(identity -s web | wc -w)" = 105 ]
}

@test "numbers work where there is no password file, names do not" {
	need_namespaces
	make_accounts
	run -0 with_accounts empty setuidgid 4001 sh -c 'echo $(id -u) $(id -g)'
	[ "$output" = "4001 4001" ]
	run -0 with_accounts empty setuidgid -s 4001:4002 sh -c 'echo $(id -u) $(id -g)'
	[ "$output" = "4001 4002" ]
	run -111 with_accounts empty setuidgid web touch ran
	[ "$output" = "setuidgid: fatal: unknown account web" ]
	[ ! -e ran ]
}

@test "what is no account is not guessed" {
	local account
	for account in nosuch 4294967295 99999999999999999999 -5 +5 0x10 ' 5' 5x ''; do
		run -111 envuidgid "$account" touch ran
		[ "$output" = "envuidgid: fatal: unknown account $account" ]
		run -111 envuidgid "5:$account" touch ran
		[ "$output" = "envuidgid: fatal: unknown group $account" ]
		[ ! -e ran ]
	done
	run -111 envuidgid 1:2:3 touch ran
	[ "$output" = "envuidgid: fatal: unknown group 2:3" ]
	run -111 envuidgid :5 touch ran
	[ "$output" = "envuidgid: fatal: unknown account " ]
	[ ! -e ran ]
}

@test "an account that cannot be looked up now is not taken for a number" {
	need_namespaces
	command -v strace >/dev/null || skip "needs strace"
	make_accounts
	export ASAN_OPTIONS=detect_leaks=0
	# short_of FILE ACCOUNT: envuidgid when FILE cannot be opened.
	short_of() {
		with_accounts etc strace -o trace -P "$1" -e inject=open,openat:error=EMFILE \
			envuidgid "$2" touch ran
	}
	run -111 short_of /etc/passwd web
	[ "$output" = "envuidgid: fatal: unable to look up web: process cannot open more files" ]
	run -111 short_of /etc/passwd 4001:4002
	[ "$output" = "envuidgid: fatal: unable to look up 4001: process cannot open more files" ]
	run -111 short_of /etc/group 4001:4002
	[ "$output" = "envuidgid: fatal: unable to look up 4002: process cannot open more files" ]
	[ ! -e ran ]
}

@test "envuidgid needs no privilege and replaces what was set" {
	run -0 env UID=x GID=y envuidgid 12:34 sh -c 'id -u; printenv GID UID'
	[ "$output" = "$(printf '%s\n' "$(id -u)" 34 12)" ]
}

# ---- envdir --------------------------------------------------------------------------------------

@test "envdir leaves alone what a dangling link or a vanished file names" {
	local i
	mkdir e
	# Several, so that whatever the order one follows a file with a value.
	for i in 1 2 3 4 5 6 7 8; do
		echo "value $i" >"e/SET$i"
		ln -s nowhere "e/LOST$i"
	done
	LOST1=kept run -0 envdir e env
	[ "$(grep -c ^SET <<<"$output")" = 8 ]
	[ "$(grep ^LOST <<<"$output")" = LOST1=kept ]
}

@test "envdir -p puts the prefix before each name, set or removed" {
	mkdir e
	echo 1 >e/ONE
	: >e/TWO
	ONE=0 APP_ONE=0 TWO=0 APP_TWO=0 run -0 envdir -p APP_ e env
	[ "$(grep -E 'ONE|TWO' <<<"$output" | sort)" = "$(printf '%s\n' APP_ONE=1 ONE=0 TWO=0)" ]
	run -0 envdir -p '' e printenv ONE
	[ "$output" = 1 ]
	mkdir ./-p
	echo old >./-p/THREE
	run -0 envdir ./-p printenv THREE
	[ "$output" = old ]
}

@test "envdir runs nothing when a file cannot be read" {
	mkdir -p e/sub
	run -111 envdir e touch ran
	[ "$output" = "envdir: fatal: unable to read e/sub: is a directory" ]
	rmdir e/sub
	echo secret >e/FILE
	chmod 000 e/FILE
	if [ "$(id -u)" = 0 ]; then
		run -111 as_other "$BIN/envdir" e touch ran
	else
		run -111 envdir e touch ran
	fi
	[ "$output" = "envdir: fatal: unable to read e/FILE: access denied" ]
	[ ! -e ran ]
}

@test "envdir reads to the end of the first line, and no further" {
	mkdir e
	{ echo first; head -c 10000000 /dev/zero; } >e/LONG
	run -0 envdir e printenv LONG
	[ "$output" = first ]
}

@test "envdir reads more files than it may have open" {
	mkdir e
	local i
	for i in {1..100}; do
		echo "$i" >"e/N$i"
	done
	run -0 softlimit -o 30 envdir e sh -c 'env | grep -c ^N[0-9]'
	[ "$output" = 100 ]
}

# ---- softlimit -----------------------------------------------------------------------------------

# soft OPTION VALUE NAME: the soft limit of that name in /proc.
soft() {
	softlimit "$1" "$2" sed -n "s/^$3  *\([^ ]*\) .*/\1/p" /proc/self/limits
}

@test "softlimit takes sizes with a suffix, and - for no limit" {
	[ "$(soft -c 7k 'Max core file size')" = 7168 ] || [ "$(ulimit -Hc)" = 0 ]
	[ "$(soft -s 2m 'Max stack size')" = 2097152 ]
	[ "$(soft -f 3g 'Max file size')" = 3221225472 ]
	[ "$(softlimit -f 5g sh -c 'ulimit -Hf')" = "$(ulimit -Hf)" ]
	# From a low soft limit back up to the hard one, whatever it is here.
	[ "$(softlimit -o 50 softlimit -o - sh -c 'ulimit -n')" = "$(ulimit -Hn)" ]
	[ "$(softlimit -f 5000 softlimit -f 99999999999999999999 sh -c 'ulimit -f')" = "$(ulimit -Hf)" ]
}

@test "softlimit runs nothing when a limit is no number" {
	local value
	for value in foo 5t 5K k -5 +5 ' 5' 5kk == 1.5m 99999999999999999999g; do
		run -100 softlimit -o 60 -f "$value" touch ran
		[[ $output == "softlimit: usage: softlimit [-a allbytes] "* ]]
		[ ! -e ran ]
	done
}

# ---- setlock -------------------------------------------------------------------------------------

@test "setlock: the lock lasts until the last process with the descriptor has ended" {
	mkfifo hold
	background setlock f sh -c 'cat hold >copied & echo started >first'
	wait_until contains first started
	wait "$!"
	run -111 setlock -n f touch ran
	[ "$output" = "setlock: fatal: unable to lock f: temporary failure" ]
	run -0 setlock -nx f touch ran
	[ "$output" = "" ]
	[ ! -e ran ]
	background setlock f touch waited
	wait_until is_waiting "$!"
	[ ! -e waited ]
	echo done >hold
	wait "$!"
	[ -e waited ]
	setlock -n f true
}

# is_waiting PID: it waits for a lock (proc(5), /proc/locks).
is_waiting() {
	grep -q -- "-> FLOCK .* $1 " /proc/locks
}

@test "setlock never makes the lock a standard descriptor" {
	run -0 sh -c 'exec setlock f readlink /proc/self/fd/3 0<&- 3>&-'
	[ "$output" = "$PWD/f" ]
}

# ---- pgrphack, fghack ----------------------------------------------------------------------------

@test "pgrphack gives a session and a group of its own" {
	pgrphack sh -c 'cut -d" " -f 1,5,6 /proc/$$/stat >ids'
	read -r pid group session <ids
	[ "$pid" = "$group" ]
	[ "$pid" = "$session" ]
	[ "$session" != "$(cut -d' ' -f6 /proc/$$/stat)" ]
	# A leader already: it stays where it is, and runs.
	setsid -w pgrphack touch ran
	[ -e ran ]
}

@test "fghack waits for what stays in the background, and ends as the program did" {
	mkfifo hold
	# What is written into the pipe is not its end.
	background fghack sh -c 'echo junk >/proc/self/fd/20; cat hold >copied & echo started >first; exit 7'
	local fghack=$!
	wait_until contains first started
	# Its child has ended, and is a zombie until fghack has waited; fghack itself goes on.
	wait_until only_zombies "$fghack"
	alive "$fghack"
	echo done >hold
	local status=0
	wait "$fghack" || status=$?
	[ "$status" = 7 ]
	contains copied done
}

only_zombies() {
	local child children
	children=$(cat "/proc/$1/task/$1/children")
	for child in $children; do
		alive "$child" && return 1
	done
	[ -n "$children" ]
}

@test "fghack passes no signal on" {
	mkfifo hold
	background fghack sh -c 'echo $$ >pid; exec cat hold'
	local fghack=$!
	wait_until test -s pid
	kill -TERM "$fghack"
	wait_until gone "$fghack"
	alive "$(cat pid)"
	echo >hold
}

@test "no loader leaks a descriptor to the program" {
	mkdir e
	echo 1 >e/ONE
	local loader
	ls /proc/self/fd >before
	for loader in 'envdir e' 'envuidgid 1' 'softlimit -c 0' pgrphack; do
		$loader ls /proc/self/fd >after
		cmp before after
	done
}
