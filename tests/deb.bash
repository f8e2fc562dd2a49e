# Debian's package, for tests that install it.

# build_in DIR: the package from a copy of the tree. The date is that of the tree's last commit.
build_in() {
	mkdir -p "$1"
	tar -C "$TOP" -cf - --exclude=./.git --exclude=./build . | tar -xf - -C "$1"
	SOURCE_DATE_EPOCH=$(git -C "$TOP" log -1 --format=%ct 2>/dev/null || echo 0) \
		env -u MAKEFLAGS sh "$1/package/deb" >/dev/null
}

# make_clock DIR: a service with a logger, by the function inside, which executes in the machine.
# shellcheck disable=SC2016 # expanded in there
make_clock() {
	inside sh -e -c 'mkdir -p "$1/log"
		printf "#!/bin/sh\nexec 2>&1\nwhile date; do sleep 1; done\n" >"$1/run"
		printf "#!/bin/sh\nexec multilog t ./main\n" >"$1/log/run"
		chmod 755 "$1/run" "$1/log/run"' sh "$1"
}

says_up() {
	[[ $(inside svstat "$1") == "$1: up (pid "* ]]
}
