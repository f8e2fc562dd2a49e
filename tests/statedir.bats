# Where the state is kept when the service directory cannot be written: which place, which of them is
# believed, and by whom. In a mount namespace, so that /run and /dev/shm are the test's own.

load helper
load service

setup() {
	need_root
	cd "$BATS_TEST_TMPDIR"
	mkdir sv bin
	cp "$BIN"/{svscan,supervise,svstat,svok,svwhy,svwait} bin/
	make_service sv/web
}

USER='setpriv --reuid 12345 --regid 0 --clear-groups'
OTHER='setpriv --reuid 6789 --regid 6789 --clear-groups'

# world SCRIPT: runs it with bash -e in the test's directory, now /mnt, where sv cannot be written.
world() {
	UPKEEP_TOP=$TOP run -0 unshare --mount --pid --fork --mount-proc bash -ec '
		mount -c --bind . /mnt
		mount -c --bind sv /mnt/sv
		mount -o remount,bind,ro /mnt/sv
		mount -t tmpfs -o mode=1777 shm /dev/shm
		mount -t tmpfs -o mode=0755 run /run
		cd /mnt
		PATH=/mnt/bin:$PATH
		BATS_TEST_DIRNAME=$1
		bats_require_minimum_version() { :; }
		load() { . "$1/$2.bash"; }
		. "$1/helper.bash"
		. "$1/service.bash"
		PATH=/mnt/bin:$PATH
		place=$(stat -c %D-%i sv/web)
		place=${place%-*}-$(printf %x "${place#*-}")
		up() { is_up svstat sv/web; }
		eval "$2" # all that it starts ends with it, as process 1
	' world "$BATS_TEST_DIRNAME" "$1"
}

@test "root: /run/upkeep, open to looks; the path of the service is told; another supervise is refused" {
	world '
		background supervise sv/web
		wait_until up
		[ "$(stat -c %a:%u /run/upkeep /run/upkeep/$place)" = "$(printf "755:0\n700:0")" ]
		[ "$(cat /run/upkeep/$place/path)" = /mnt/sv/web ]
		run_again=$(supervise sv/web 2>&1 || echo $?)
		[ "$run_again" = "supervise: fatal: unable to acquire sv/web/supervise/lock: temporary failure
111" ]
	'
}

@test "a user: /dev/shm/upkeep-UID, which nobody else can look into but root" {
	world '
		background '"$USER"' supervise sv/web
		wait_until up
		[ "$(stat -c %a:%u /dev/shm/upkeep-12345)" = 700:12345 ]
		'"$USER"' svok sv/web
		'"$OTHER"' svstat sv/web >said
		grep -qx "sv/web: unable to open supervise/ok: file does not exist" said
	'
}

@test "SUPERVISEDIR comes first, is made with its parents and may be open to all" {
	world '
		export SUPERVISEDIR=/run/a/b
		background supervise sv/web
		wait_until up
		[ -p /run/a/b/$place/ok ]
		[ ! -e /run/upkeep ]
	'
	world '
		export SUPERVISEDIR=/run/open
		mkdir -m 1777 /run/open
		background '"$USER"' supervise sv/web
		wait_until up
		[ -p /run/open/$place/ok ]
	'
}

@test "what is no absolute path, or cannot be used, is passed over for the next place" {
	world '
		cd /dev/shm
		export SUPERVISEDIR=here
		background supervise /mnt/sv/web
		cd /mnt
		wait_until up
		[ ! -e /dev/shm/here ]
		[ -p /run/upkeep/$place/ok ]
	'
	world '
		>/run/file
		export SUPERVISEDIR=/run/file/x
		background supervise sv/web
		wait_until up
		[ -p /run/upkeep/$place/ok ]
	'
}

@test "a place that somebody else has taken first, or can write to, is not used" {
	local bad
	for bad in 'mkdir -m 755 $base; chown 6789 $base' 'mkdir -m 775 $base; chmod g+w $base' \
		'mkdir -p -m 700 /dev/shm/x; ln -s /dev/shm/x $base' '>$base'; do
		world 'base=/run/upkeep; umask 0; '"$bad"'
			background supervise sv/web
			wait_until up
			[ -p /dev/shm/upkeep-0/$place/ok ]
		'
		world 'umask 0; for base in /run/upkeep /dev/shm/upkeep-0; do '"$bad"'; done
			supervise sv/web 2>said && exit 1
			grep -q "warning: unable to keep the state of sv/web in /dev/shm/upkeep-0: " said
			grep -q "fatal: unable to acquire sv/web/supervise/lock: read-only file system" said
		'
	done
}

@test "an entry that is another's is neither used nor believed" {
	world '
		mkdir -m 1777 /run/open
		export SUPERVISEDIR=/run/open
		'"$OTHER"' sh -c "umask 0; mkdir /run/open/$place"
		background '"$USER"' supervise sv/web
		wait_until up
		[ -p /dev/shm/upkeep-12345/$place/ok ]
		'"$USER"' svok sv/web
	'
	world '
		export SUPERVISEDIR=/run/open
		mkdir -m 1777 /run/open
		'"$OTHER"' mkdir -m 755 /run/open/$place
		'"$OTHER"' mkfifo -m 666 /run/open/$place/ok
		exec 5<>/run/open/$place/ok
		run_svok=$('"$USER"' svok sv/web 2>&1 || echo $?)
		[ "$run_svok" = 100 ]
	'
}

@test "root does not believe a directory of a user that another one has made" {
	world '
		'"$OTHER"' sh -c "mkdir -m 700 /dev/shm/upkeep-12345 && mkdir /dev/shm/upkeep-12345/$place &&
			mkfifo /dev/shm/upkeep-12345/$place/ok"
		exec 5<>/dev/shm/upkeep-12345/$place/ok
		svok sv/web && exit 1
		chown 12345 /dev/shm/upkeep-12345
		svok sv/web
	'
}

@test "of several, that of a supervise which runs counts" {
	world '
		background supervise sv/web
		wait_until up
		svc_x() { printf dx >/run/upkeep/$place/control; }
		svc_x
		wait_until gone $!
		background '"$USER"' supervise sv/web
		wait_until up
		[ -p /dev/shm/upkeep-12345/$place/ok ]
	'
}

@test "waiting for a supervise that keeps its state elsewhere ends when it comes" {
	world '
		svwait up sv/web &
		waiter=$!
		wait_until grep -q "S (sleeping)" /proc/$waiter/status
		background '"$USER"' supervise sv/web
		wait $waiter
	'
}

@test "a service that needs one whose supervise is not there yet is told of it all the same" {
	make_service sv/db
	echo db >sv/web/needs
	world '
		mkdir scan
		ln -s ../sv/web ../sv/db scan
		cd scan
		background '"$USER"' supervise web
		waits() { svstat -o state web | grep -qx waiting; }
		wait_until waits
		background '"$USER"' supervise db
		wait_until is_up svstat web
	'
}

@test "a supervise that is used from where it can be written to counts, and hinders another" {
	start sv/web
	wait_until svok sv/web
	world '
		svok sv/web
		supervise sv/web 2>said && exit 1
		[ "$(cat said)" = "supervise: fatal: unable to acquire sv/web/supervise/lock: read-only file system" ]
	'
}

@test "svwhy blames the directory, and says what helps, if there is no other place" {
	world '
		mkdir scan
		ln -s ../sv/web scan/web
		export SVDIR=/mnt/scan
		mount -o remount,ro /run
		mount -o remount,ro /dev/shm
		background svscan scan 2>err
		wait_until contains err "unable to acquire web/supervise/lock: read-only file system"
		svwhy web >said || [ $? = 102 ]
		grep -q "supervise cannot write there: read-only file system" said
		grep -q "SUPERVISEDIR" said
		mount -o remount,rw /run
		kill -HUP $!
		wait_until up
		svwhy web >said
		run_grep=$(grep -c "cannot write" said || true)
		[ "$run_grep" = 0 ]
	'
}
