# make install and make uninstall: all or nothing, and nothing of anybody else's.

load helper

setup_file() {
	command -v make >/dev/null || return 0 # bats 1.8 cannot skip here
	# With the times of what is built, so that nothing is built again.
	mkdir -p "$BATS_FILE_TMPDIR/tree/build"
	tar -C "$TOP" -cf - --exclude=./.git --exclude=./build . | tar -xf - -C "$BATS_FILE_TMPDIR/tree"
	cp -Rp "$TOP/build/${VARIANT:-release}" "$BATS_FILE_TMPDIR/tree/build/"
}

setup() {
	command -v make >/dev/null || skip "needs make"
	[ -z "$UPKEEP_BIN" ] || skip "installs what make has built"
	# A tree of its own for each test, which may change it.
	cp -Rp "$BATS_FILE_TMPDIR/tree" "$BATS_TEST_TMPDIR/"
	cd "$BATS_TEST_TMPDIR/tree"
	target="$BATS_TEST_TMPDIR/a b"
}

# run_make ARGUMENT...: here, quiet, without what make itself says; what the scripts say is in ./said.
run_make() {
	local code=0
	make -s VARIANT="${VARIANT:-release}" DESTDIR="$target" "$@" >said 2>&1 || code=$?
	sed -i '/^make/d' said
	cat said
	return $code
}

# everything: each file, directory and link of the target, with mode and content.
everything() {
	(cd "$target" && find . -printf '%p %y %m %l\n' | LC_ALL=C sort && find . -type f -exec cksum {} + | LC_ALL=C sort)
}

@test "install puts programs and pages where it was told, twice; uninstall takes exactly these away" {
	mkdir -p "$target/our place/bin"
	touch "$target/our place/bin/other"
	everything >before
	umask 077
	local file
	run_make PREFIX='/our place' install
	everything >installed
	[ "$(ls "$target/our place/bin")" = "$({ ls "$BIN"; echo other; } | LC_ALL=C sort)" ]
	for file in $(find . -name '*.[1-8]' -not -path './build/*'); do
		cmp "$file" "$target/our place/share/man/man${file##*.}/${file##*/}"
	done
	local share="$target/our place/share"
	for file in svc svlog; do
		cmp "build/${VARIANT:-release}/completions/$file.bash" "$share/bash-completion/completions/$file"
		cmp "build/${VARIANT:-release}/completions/$file.zsh" "$share/zsh/site-functions/_$file"
		cmp "build/${VARIANT:-release}/completions/$file.fish" "$share/fish/vendor_completions.d/$file.fish"
	done
	[ "$("$target/our place/bin/svc" -V)" = "svc $(cat package/version)" ]
	[ "$(stat -c %a "$target/our place/bin/svc" "$target/our place/share/man/man8")" = $'755\n755' ]
	run_make PREFIX='/our place' install
	everything | diff installed -
	run_make PREFIX='/our place' uninstall
	everything | diff before -
	run_make PREFIX='/our place' uninstall
	[ "$(cat said)" = "uninstall: nothing is installed in $target/our place" ]
}

@test "BINDIR and MANDIR, and a directory that was there, which stays" {
	mkdir -p "$target/usr"
	run_make PREFIX=/usr BINDIR=/command MANDIR=/usr/man install
	[ -x "$target/command/svscan" ]
	[ -e "$target/usr/man/man8/svscan.8" ]
	run_make PREFIX=/usr uninstall
	[ "$(cd "$target" && find .)" = $'.\n./usr' ]
}

# refused TEXT: the install says just that in one line, and has changed nothing.
refused() {
	everything >before
	run ! run_make PREFIX=/usr install
	[ "$(lines said)" = 1 ]
	[[ $(cat said) == "install: $target/usr/$1"* ]]
	everything | diff before -
}

@test "another daemontools is not replaced, and nothing has changed" {
	local other="from make install: remove that daemontools (Debian's: apt-get remove daemontools)"
	mkdir -p "$target/usr/bin" "$target/usr/share/man/man8"
	echo 'somebody else' >"$target/usr/bin/tai64nlocal"
	refused "bin/tai64nlocal is there, and not $other"
	# As the author's own installation makes them, here without /command.
	ln -sf /command/tai64nlocal "$target/usr/bin/tai64nlocal"
	refused "bin/tai64nlocal is there, and not $other"
	rm "$target/usr/bin/tai64nlocal"
	# Also when it is the very last file.
	echo 'somebody else' >"$target/usr/share/man/man8/svscanboot.8"
	refused "share/man/man8/svscanboot.8 is there, and not $other"
	run_make PREFIX=/usr uninstall
	everything | diff before -
	rm "$target/usr/share/man/man8/svscanboot.8"
	run_make PREFIX=/usr install
	[ -x "$target/usr/bin/tai64nlocal" ]
}

@test "an earlier version of ours is replaced, with what the new one has no more" {
	echo old >package/old.7
	echo '# earlier' >>svscan/svscanboot.sh
	run_make PREFIX=/usr install
	[ -e "$target/usr/share/man/man7/old.7" ]
	local list=$target/usr/share/upkeep/installed
	rm package/old.7
	sed -i '$d' svscan/svscanboot.sh
	run_make PREFIX=/usr install
	cmp svscan/svscanboot.sh "$target/usr/bin/svscanboot"
	[ ! -e "$target/usr/share/man/man7/old.7" ]
	run ! grep -e old.7 "$list"
	# What its owner has changed is not ours any more.
	echo '# mine' >>"$target/usr/bin/svscanboot"
	refused "bin/svscanboot is there, and not from make install"
	run_make PREFIX=/usr uninstall
	[ "$(cat said)" = "uninstall: $target/usr/bin/svscanboot stays: it is not what was installed" ]
	[ "$(cd "$target" && find . ! -type d)" = ./usr/bin/svscanboot ]
}

# as_user COMMAND...: as somebody who owns nothing.
as_user() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
	else
		"$@"
	fi
}

teardown() {
	[ -z "$elsewhere" ] || rm -rf "$elsewhere"
	end_all
}

# install_as_user DESTDIR PREFIX: one program and one page, by somebody who owns nothing.
install_as_user() {
	local -a as=()
	[ "$(id -u)" != 0 ] || as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	"${as[@]}" env DESTDIR="$1" PREFIX="$2" BINDIR="$2/bin" MANDIR="$2/share/man" \
		BUILT="build/${VARIANT:-release}" PROGRAMS=svc PAGES=svc/svc.8 SHARED=package/hosts/upkeep.service \
		COMPLETIONS= sh package/install install
}

@test "without permission one line says what to do; a place of one's own needs none" {
	# Only we may look into the directory of all tests.
	elsewhere=$(mktemp -d "${TMPDIR:-/tmp}/upkeep-install.XXXXXX")
	chmod 755 "$elsewhere"
	tar -cf - package/install package/hosts svc/svc.8 "build/${VARIANT:-release}/bin/svc" | tar -xf - -C "$elsewhere"
	cd "$elsewhere"
	target=$PWD
	mkdir -p usr/bin home
	chmod 555 usr/bin
	chmod 777 home
	everything >"$BATS_TEST_TMPDIR/before"
	run install_as_user "$target" /usr
	[ "$output" = "install: unable to write to $target/usr/bin: be root, or choose a place of your own with PREFIX=DIR, such as PREFIX=\$HOME/.local" ]
	everything | diff "$BATS_TEST_TMPDIR/before" -
	run install_as_user '' "$target/home/.local"
	[ "$output" = "install: programs in $target/home/.local/bin, pages in $target/home/.local/share/man, service directories in $target/home/.local/share/upkeep" ]
	[ -x home/.local/bin/svc ]
	[ "$(ls home/.local/share/man/man8)" = svc.8 ]
}

@test "what was cut off anywhere is whole after the next install, and uninstall leaves nothing" {
	local tool call settled
	mkdir -p tools "$target"
	# The call whose number is in ./at fails, as on a full disk.
	for tool in mkdir install mv; do
		cat >"tools/$tool" <<-X
		#!/bin/sh
		echo $tool >>"$PWD/calls"
		[ "\$(wc -l <"$PWD/calls")" != "\$(cat "$PWD/at")" ] || exit 1
		PATH=\${PATH#*:} exec $tool "\$@"
		X
		chmod +x "tools/$tool"
	done
	echo 0 >at
	PATH=$PWD/tools:$PATH run_make PREFIX=/usr install
	run_make PREFIX=/usr uninstall
	# The first file that is moved is the list, then the others.
	settled=$(grep -nx mv calls | sed -n '2s/:.*//p')
	cp calls all
	# First and last call of each.
	for tool in mkdir install mv; do
		grep -nx $tool all | sed -n '1p;$p' | cut -d: -f1
	done >points
	[ "$(lines points)" = 6 ]
	for call in $(cat points); do
		echo "call $call: $(sed -n "${call}p" all)"
		: >calls
		echo "$call" >at
		PATH=$PWD/tools:$PATH run run_make PREFIX=/usr install
		[ "$status" != 0 ]
		[ -z "$(find "$target" -name '.*.new' -o -name '*.new')" ]
		[ "$call" -ge "$settled" ] || [ -z "$(ls "$target")" ]
		run_make PREFIX=/usr install
		[ "$(ls "$target/usr/bin")" = "$(ls "$BIN")" ]
		run_make PREFIX=/usr uninstall
		[ -z "$(ls "$target")" ]
	done
}
