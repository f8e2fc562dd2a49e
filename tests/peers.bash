# Debian's daemontools 0.76, to compare with: installed, or unpacked by package/check into
# build/peers. Tests that need it skip without it.

PEER=
for PEER in /usr/bin "$TOP/build/peers/usr/bin"; do
	[ -x "$PEER/svstat" ] && [ -x "$PEER/supervise" ] && [ -x "$PEER/multilog" ] && break
	PEER=
done

need_peer() {
	[ -n "$PEER" ] || skip "needs daemontools 0.76 (Debian's package)"
}
