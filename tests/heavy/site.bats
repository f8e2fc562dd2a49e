# The image of package/containers/site, built as its Containerfile says: Debian's packages, nginx,
# Django, PostgreSQL and cron. Debian comes from its archive, since there is no registry.

load ../helper
load ../podman

setup_file() {
	begin_podman musl-gcc mmdebstrap || return 0
	debian docker.io/library/debian:12
	cp -R "$TOP/package/containers/site" "$BATS_FILE_TMPDIR/"
	archive_into "$BATS_FILE_TMPDIR/site"
	podman build --network host --isolation=chroot -q -t site "$BATS_FILE_TMPDIR/site" >/dev/null
}

teardown_file() {
	end_podman
}

setup() {
	need_podman
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	[ -n "$LACKS" ] || remove_box site || true
	end_all
}

# debian NAME: an image of its smallest system. What packages bring is not to be started by them.
debian() {
	mmdebstrap --quiet --variant=minbase --dpkgopt=path-exclude='/usr/share/man/*' \
		--customize-hook='printf "#!/bin/sh\nexit 101\n" >"$1/usr/sbin/policy-rc.d"' \
		--customize-hook='chmod 755 "$1/usr/sbin/policy-rc.d"' \
		bookworm "$PODMAN/debian.tar"
	podman import -q "$PODMAN/debian.tar" "$1" >/dev/null
	rm "$PODMAN/debian.tar"
}

inside() {
	podman exec site "$@"
}

all_ready() {
	inside svwait -a -T $((LIMIT * 1000)) ready postgresql schema shop nginx cron
}

# visit: what the site says to a visitor who comes again.
visit() {
	inside curl -s -c /visitor -b /visitor http://127.0.0.1/
}

# logged NAME TEXT: how many lines of the log say so.
logged() {
	inside svlog "$1" | grep -cFe "$2"
}

# stops_in_order: with exit code 0, front ends first.
stops_in_order() {
	podman stop --time 15 site >/dev/null
	[ "$(podman inspect -f '{{.State.ExitCode}}' site)" = 0 ]
	podman logs site 2>&1 | sed -n '/got SIGTERM/h; //!H; $ { g; p }' >stop
	cat stop
	sed -n 's/^svscan: \(.*\) ended after .*/\1/p' stop >order
	[ "$(grep -vxFe cron -e 'logger of cron' order | grep -v '^logger' | tr '\n' ' ')" = "nginx shop schema postgresql " ]
	[ "$(grep -c '^logger of' order)" = 5 ]
	[ "$(tail -n 5 order | grep -c '^logger of')" = 5 ]
	run ! grep -i kill stop
}

@test "site: all ready in order; a database that dies is nobody else's end; a stop without recovery" {
	podman run -d --name site -v data:/var/lib/postgresql/data site >/dev/null 3>&- 4>&-
	all_ready
	inside svup -r
	[ "$(visit) $(visit)" = "visit 1 visit 2" ]
	[ "$(inside svstat -a | grep -c ': up (pid ')" = 9 ] # all but the schema, which is done

	# Everybody's log tells of the start in this order.
	inside svlog | grep -n -e 'ready to accept' -e 'Running migrations' -e 'Booting worker' -e ' "GET / ' >lines
	grep -oE 'postgresql|schema|shop|nginx' <(cut -d' ' -f1 lines) | uniq >names
	[ "$(tr '\n' ' ' <names)" = "postgresql schema shop nginx " ]

	local nginx shop database
	nginx=$(inside svstat -o pid nginx)
	shop=$(inside svstat -o pid shop)
	database=$(inside svstat -o pid postgresql)
	inside sh -c "kill -9 $database"
	back() { [ "$(inside svstat -o pid postgresql)" != "$database" ] && inside svup -r; }
	wait_until back
	[ "$(inside svstat -o pid nginx) $(inside svstat -o pid shop)" = "$nginx $shop" ]
	visited() { visit | grep -q '^visit'; }
	wait_until visited
	[ "$(logged postgresql 'not properly shut down')" = 1 ]

	# cron has done its job at least once, in the environment of the container.
	cleared() { [ "$(logged cron cleared)" -ge 1 ]; }
	LIMIT=100 wait_until cleared

	stops_in_order

	# The same container again, on what it has left: nothing has to be repaired.
	podman start site >/dev/null 3>&- 4>&-
	all_ready
	visited
	[ "$(logged postgresql 'not properly shut down')" = 1 ]
	[ "$(logged postgresql 'database system is shut down')" -ge 1 ]
	stops_in_order
}

# in_the_open COMMAND...: with a network that containers may have theirs in, and what they write about
# it; all of that goes away with the command.
in_the_open() {
	mkdir -p net/run net/lib
	sed 's/^netns = .*/netns = "private"/' "$CONTAINERS_CONF" >open.conf
	CONTAINERS_CONF=$PWD/open.conf unshare --net --mount bash -ec '
		mkdir -p /run/netns /var/lib/cni
		mount -t tmpfs tmpfs /run/netns
		mount -t tmpfs tmpfs /var/lib/cni
		ip link set lo up
		"$@"' bash "$@" 3>&- 4>&-
	local code=$?
	rmdir /run/netns /var/lib/cni 2>/dev/null
	return $code
}

compose() {
	podman-compose -p composed "$@" >>composed 2>&1
}

@test "site: by its compose file, from outside through the port of the host, healthy" {
	command -v podman-compose >/dev/null || skip "needs podman-compose"
	podman tag site composed_site
	cp "$TOP/package/containers/site/compose.yaml" .
	export -f compose
	in_the_open bash -ec '
		compose up -d --no-build
		podman exec composed_site_1 svwait -a -T 60000 ready nginx cron
		curl -s http://127.0.0.1:8080/ >answer
		podman healthcheck run composed_site_1
		podman stop composed_site_1 2>/dev/null
		podman inspect -f "{{.State.ExitCode}}" composed_site_1 >code
		compose down -v' || { cat composed; false; }
	[ "$(cat answer)" = "visit 1" ]
	[ "$(cat code)" = 0 ]
}
