# The pages, the README and the Makefile against what the programs really do.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
}

need_tool() {
	command -v "$1" >/dev/null || skip "needs $1"
}

pages() {
	find "$TOP"/svscan "$TOP"/supervise "$TOP"/multilog "$TOP"/svc "$TOP"/package -name '*.[1-8]'
}

# section PAGE NAME: that section as a reader sees it, without the indentation.
section() {
	mandoc -Tascii -O width=100 "$1" | sed $'s/.\b//g' |
		awk -v name="$2" '/^[A-Z]/ { on = $0 == name; next } on { sub(/^ +/, ""); print }'
}

# usage PROGRAM: what it says when it is misused; nothing if there is no wrong way.
usage() {
	{
		timeout "$LIMIT" "$1" -Z 2>&1 || true
		[ "$1" = svscan ] || timeout "$LIMIT" "$1" 2>&1 || true
	} </dev/null | sed -n "s/^$1: usage: //p" | head -n 1
}

@test "every program has a page whose SYNOPSIS is its usage line" {
	need_tool mandoc
	local file program page synopsis expected
	for file in "$BIN"/*; do
		program=${file##*/}
		page=$(pages | grep "/$program\.8$")
		[ -n "$page" ]
		# The first has a usage line of another form, the others have none: 0.76's silence.
		[[ $program != @(svc|readproctitle|svscanboot) ]] || continue
		# setlock's line has 0.76's blanks within brackets.
		expected=$(usage "$program" | sed 's/\[ /[/g; s/ \]/]/g')
		# svscan has another name with a line of its own: svscan.bats.
		synopsis=$(section "$page" SYNOPSIS | sed '/^init /d' | tr '\n' ' ' | sed 's/ *$//')
		echo "$program: page: $synopsis; program: $expected"
		# Without a wrong way to call it there is no usage line to compare with.
		[ "$synopsis" = "${expected:-$program${synopsis#"$program"}}" ]
	done
}

@test "svc(8) has the options of svc, in their order" {
	need_tool mandoc
	local letters
	letters=$(svc -Z 2>&1 | sed -n 's/^svc options: //p' | tr , '\n' | sed 's/^ *\(.\) .*/\1/' | tr -d '\n')
	[ "$(section "$TOP/svc/svc.8" SYNOPSIS | head -n 1)" = "svc [-${letters/T/}] [-T ms] [service ...]" ]
	[ "$(sed -n 's/^\.It Fl \(.\)\( Ar ms\)\?$/\1/p' "$TOP/svc/svc.8" | sort)" = "$(fold -w 1 <<<"$letters" | sort)" ]
}

@test "supervise-control(5) has every command and every key of the state text" {
	local page=$TOP/supervise/supervise-control.5 code=$TOP/lib/svproto.c
	sed -n "s/^    {'\(.\)', SV_.*/\1/p" "$code" | sort >letters
	[ "$(lines letters)" -ge 20 ]
	sed -n 's/^\.It Sy \(.\)$/\1/p' "$page" | sort | diff letters -
	sed -n 's/^ *\[SV_KEY_[A-Z_]*\] = "\(.*\)",$/\1/p' "$TOP/lib/svstate.c" | sort >keys
	[ "$(lines keys)" -ge 10 ]
	sed -n 's/^\.It Cm \([a-z_]*\)$/\1/p' "$page" | sort | diff keys -
}

@test "the pages are free of mistakes, and refer to pages that exist" {
	need_tool mandoc
	local page name
	for page in $(pages); do
		run -0 mandoc -Tlint -W warning "$page"
		for name in $(sed -n 's/^\.Xr \([^ ]*\) \([1-8]\).*/\1.\2/p' "$page"); do
			case $name in
			*.2 | *.3 | inotify.7 | fifo.7 | pipe.7 | signal.7 | proc.5 | init.8 | [a-z]*.1) ;;
			*) pages | grep -q "/$name$" || { echo "$page: $name"; false; } ;;
			esac
		done
	done
}

@test "no file includes what is above its floor or next door" {
	sh "$TOP/tests/floors.sh"
	mkdir tree
	cp -R "$TOP/lib" "$TOP/svc" "$TOP/svscan" "$TOP/supervise" "$TOP/multilog" tree
	sh "$TOP/tests/floors.sh" tree
	local case
	for case in 'lib/fd.c svproto.h' 'lib/svproto.h line.h' 'svc/svok.c machine.h' \
		'svc/svok.c ../supervise/machine.h' 'lib/tai64n.c ../svc/line.h'; do
		cp "tree/${case% *}" kept
		echo "#include \"${case#* }\"" >>"tree/${case% *}"
		run -1 sh "$TOP/tests/floors.sh" tree
		[ "$output" = "floors: ${case% *} includes \"${case#* }\"" ]
		cp kept "tree/${case% *}"
	done
	touch tree/lib/stray.c
	run -1 sh "$TOP/tests/floors.sh" tree
	[ "$output" = "floors: lib/stray.c is on no floor" ]
}

@test "the source archive is the same each time, and builds" {
	need_tool make
	mkdir tree
	cd "$TOP"
	tar -cf - --exclude=./build --exclude=./.git . | tar -xf - -C "$BATS_TEST_TMPDIR/tree"
	cd "$BATS_TEST_TMPDIR/tree"
	make -s dist
	cp build/*.tar.gz ../first.tar.gz
	touch -d 2001-01-01 README.md
	make -s dist
	cmp build/*.tar.gz ../first.tar.gz
	mkdir ../unpacked
	tar -xzf ../first.tar.gz -C ../unpacked
	cd ../unpacked/upkeep-*
	make -s VARIANT=release build/release/bin/svok
	run -100 build/release/bin/svok
}

@test "the archive for images is the same each time, and takes nothing of an image's place" {
	mkdir -p tree/build image/usr/bin image/sbin image/service
	cp -R "$BIN" tree/build/programs
	cp -R "$TOP/package" "$TOP/LICENSE" tree/
	mkdir tree/build/static
	mv tree/build/programs tree/build/static/bin
	touch tree/build/static/bin/stale
	cd tree
	archive() { sh package/dist-container build/static/bin $(ls "$BIN"); }
	local made
	made=$(archive)
	cp "$made" ../first.tar.gz
	touch -d 2001-01-01 build/static/bin/svscan
	archive
	cmp "$made" ../first.tar.gz
	# What an image has keeps its content and modes.
	cd ../image
	echo system >sbin/init
	echo other >usr/bin/other
	chmod 2751 usr usr/bin .
	tar -xzpf ../first.tar.gz
	[ "$(stat -c %a usr usr/bin . | sort -u)" = 2751 ]
	[ "$(cat sbin/init)" = system ]
	[ "$(cd usr/bin && ls)" = "$({ ls "$BIN"; echo other; } | LC_ALL=C sort)" ]
	cmp usr/bin/svscan "$BIN/svscan"
	[ "$(readlink init)" = usr/bin/svscan ]
	[ "$(stat -c '%a %F' service)" = "755 directory" ]
	[ "$(ls)" = $'init\nsbin\nservice\nusr' ]
	[ "$(tar -tvzf ../first.tar.gz | awk '{ print $2 }' | sort -u)" = 0/0 ]
}

# unpack: the archive for images, here, in which the programs are not what matters.
unpack() {
	if [ ! -e "$BATS_TEST_TMPDIR/tree" ]; then
		mkdir "$BATS_TEST_TMPDIR/tree"
		cp -R "$TOP/package" "$TOP/LICENSE" "$BATS_TEST_TMPDIR/tree/"
		sh "$BATS_TEST_TMPDIR/tree/package/dist-container" "$BIN" svscan
	fi
	tar -xzpf "$BATS_TEST_TMPDIR"/tree/build/*.gz
}

@test "a /service that an image has stays what it is: directory, link, mode; a file is an error" {
	mkdir -p directory/service/web link/etc/service/web file
	chmod 2750 directory/service
	ln -s etc/service link/service
	touch directory/service/web/run link/etc/service/web/run file/service
	cd directory
	unpack
	[ "$(stat -c '%a %F' service)" = "2750 directory" ]
	[ "$(cd service && find . ! -type d | LC_ALL=C sort)" = $'./.keep\n./web/run' ]
	cd ../link
	unpack
	[ "$(readlink service)" = etc/service ]
	[ "$(cd etc/service && find . ! -type d | LC_ALL=C sort)" = $'./.keep\n./web/run' ]
	cd ../file
	run ! unpack
	[[ $output == *"service"*"Not a directory"* ]]
	[ -f service ]
}

@test "svscan, svstat and svlint take no notice of the file that the archive puts into /service" {
	mkdir scan
	touch scan/.keep
	SVDIR=$PWD/scan run -0 svlint
	[ "$output" = "" ]
	background svscan scan 2>said
	local scanner=$!
	wait_until takes_term svscan $scanner
	SVDIR=$PWD/scan run -0 svstat -a
	[ "$output" = "" ]
	kill $scanner
	wait $scanner
	run ! grep keep said
}

@test "the database, web server and cron of the example image are those of package/services" {
	local name
	for name in postgresql nginx cron; do
		cp -R "$TOP/package/services/$name" .
		sed -i "s|/etc/sv|/service|" "$name"/[!l]*
		diff -r -x needs "$name" "$TOP/package/containers/site/service/$name"
	done
}
