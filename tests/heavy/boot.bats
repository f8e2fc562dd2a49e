# A machine whose process 1 is svscan, as hosts(7) says: Debian's kernel in qemu, which needs neither
# root nor KVM, with a root file system on a disk; the rest of the system is busybox and our programs.

load ../helper

PATH=$PATH:/usr/sbin:/sbin
PARTS=$TOP/build/machine # Debian's packages, unpacked
LIMIT=$((LIMIT * 5))     # everything is computed

# The kernel's modules for the disk and the power button, in the order in which they need each other.
MODULES='virtio/virtio_ring virtio/virtio virtio/virtio_pci_modern_dev virtio/virtio_pci_legacy_dev
	virtio/virtio_pci block/virtio_blk acpi/button input/evdev'

setup_file() {
	export LACKS="" # bats 1.8 cannot skip here
	local tool
	for tool in qemu-system-x86_64 mke2fs musl-gcc mandoc apt-get; do
		command -v "$tool" >/dev/null && continue
		LACKS="needs $tool"
		return
	done
	[ "$(uname -m)" = x86_64 ] || LACKS="needs amd64"
	[ -z "$LACKS" ] || return 0
	make_static
	[ -e "$PARTS/complete" ] || fetch_parts
	make_initramfs
}

setup() {
	[ -z "$LACKS" ] || skip "$LACKS"
	cd "$BATS_TEST_TMPDIR"
	BUSYBOX=$PARTS/bin/busybox
	asked=0
	begun=0
	make_root
}

# fetch_parts: Debian's kernel for virtual machines, under whatever number it has today, and a busybox
# that stands alone: 28 MB.
fetch_parts() {
	mkdir -p "$PARTS"
	(
		cd "$PARTS"
		kernel=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/^ *Depends: \(linux-image.*\)/\1/p')
		apt-get download "$kernel" busybox-static
		for package in *.deb; do dpkg-deb -x "$package" .; done
		rm ./*.deb
		touch complete
	) >"$PARTS.log" 2>&1 || {
		cat "$PARTS.log"
		return 1
	}
}

# make_initramfs: it finds the disk, and executes there what the kernel's command line says.
make_initramfs() {
	local dir=$BATS_FILE_TMPDIR/initramfs module
	mkdir -p "$dir"/{bin,dev,new,proc}
	cp "$PARTS/bin/busybox" "$dir/bin/"
	for module in $MODULES; do cp "$PARTS"/lib/modules/*/kernel/drivers/"$module.ko" "$dir/"; done
	cat >"$dir/init" <<-X
	#!/bin/busybox sh
	busybox mount -t proc proc /proc
	busybox mount -t devtmpfs dev /dev
	for module in $(echo $MODULES); do busybox insmod "/\${module#*/}.ko"; done
	until [ -e /dev/vda ]; do busybox sleep 0.1; done
	busybox mount -o ro -t ext4 /dev/vda /new
	init=\$(busybox sed -n 's/.*init=\([^ ]*\).*/\1/p' /proc/cmdline)
	busybox mount -o move /dev /new/dev
	busybox umount /proc
	exec busybox switch_root /new "\$init" quiet
	X
	chmod +x "$dir/init"
	(cd "$dir" && find . | bin/busybox cpio -o -H newc 2>/dev/null | gzip -1) >"$BATS_FILE_TMPDIR/initrd"
}

# recipe NAME: the commands of hosts(7), for files below ./root.
recipe() {
	mandoc "$TOP/package/hosts.7" | sed -n "/# recipe $1\$/,/# end\$/s/^ *//p" |
		sed "s|/usr/local/share/upkeep|$TOP/package|; s|/service|root/service|g; s|/etc/sv|root/etc/sv|g
			s|/sbin/init-|$PWD/root/sbin/init-|" >"$1.sh"
	[ -s "$1.sh" ]
	sed -n '/^cd /q; p' "$1.sh" | sh -e
	grep -q '^cd ' "$1.sh" || return 0
	# What it copies, it copies to here.
	sed -n '/^cd /,$p' "$1.sh" | sed "s|root/service|$PWD/root/service|" | sh -e
}

# service NAME: its run, from standard input; linked.
service() {
	mkdir -p "root/etc/sv/$1"
	cat >"root/etc/sv/$1/run"
	chmod +x "root/etc/sv/$1/run"
	ln -s "/etc/sv/$1" root/service/
}

# make_root: what a machine has, in ./root.
make_root() {
	local name
	mkdir -p root/{bin,sbin,usr/local/bin,etc/acpi/PWRF,proc,sys,dev,run,tmp,root}
	for name in $("$BUSYBOX" --list); do ln -s busybox "root/bin/$name"; done
	cp --remove-destination "$BUSYBOX" root/bin/
	ln -sf ../bin/busybox root/sbin/getty
	cp "$TOP"/build/static/bin/* root/usr/local/bin/
	echo upkeep-machine >root/etc/hostname
	echo 'root:x:0:0::/root:/bin/sh' >root/etc/passwd
	recipe machine
	make_services
}

# make_services: a database that takes a moment to end, what needs it, a power button, and a terminal
# at which the test types. A shell there takes no notice of TERM.
make_services() {
	local clock
	service db <<-'X'
	#!/bin/sh
	trap 'sleep 1; echo closed; exit' TERM
	echo open
	while :; do sleep 1000000 & wait $!; done
	X
	mkdir -p root/etc/sv/db/log
	printf '#!/bin/sh\nexec multilog t ./main\n' >root/etc/sv/db/log/run
	chmod +x root/etc/sv/db/log/run
	service web <<-'X'
	#!/bin/sh
	exec sleep 1000000
	X
	echo db >root/etc/sv/web/needs
	service acpid <<-'X'
	#!/bin/sh
	exec acpid -d
	X
	printf '#!/bin/sh\nkill -PWR 1\n' >root/etc/acpi/PWRF/00000080
	cat >root/bin/typed <<-'X'
	#!/bin/sh
	trap '' TERM
	stty -echo
	echo begun
	while read -r line; do
		eval "$line"
		echo "end $?"
	done
	X
	chmod +x root/etc/acpi/PWRF/* root/bin/typed
	recipe getty
	sed -i 's|getty .*|getty -n -l /bin/typed 115200 ttyS1 vt100|' root/etc/sv/getty/run
	contains root/etc/sv/getty/run typed
	ln -s /etc/sv/getty root/service/
}

# power_on: what the kernel and svscan say comes to ./console, what is typed goes through descriptor 5,
# and what the monitor of qemu is told through 6.
power_on() {
	mke2fs -q -t ext4 -d root -E root_owner=0:0 disk 32M
	mkfifo terminal.in terminal.out monitor.in monitor.out
	exec 5<>terminal.in 6<>monitor.in
	background cat terminal.out >terminal
	background cat monitor.out >monitor
	background qemu-system-x86_64 -accel tcg -m 128 -nodefaults -display none -vga none \
		-kernel "$PARTS"/boot/vmlinuz-* -initrd "$BATS_FILE_TMPDIR/initrd" \
		-append "console=ttyS0 quiet init=/sbin/init-upkeep" \
		-drive file=disk,format=raw,if=virtio \
		-serial file:console -serial pipe:terminal -monitor pipe:monitor 5>&- 6>&-
	qemu=$!
}

# until_it COMMAND...: it succeeds, which it will not do any more when the machine has died.
until_it() {
	wait_until either "$@"
	"$@"
}

either() {
	"$@" || gone "$qemu" || grep 'Kernel panic' console
}

# begins: it has booted, and the terminal is there; once more each time.
begins() {
	begun=$((begun + 1))
	until_it says begun "$begun"
}

# says TEXT COUNT: the terminal has shown that many lines that begin with TEXT.
says() {
	[ "$(grep -c "^$1" terminal 2>/dev/null)" -ge "$2" ]
}

# ask COMMAND: typed at the terminal; succeeds if the command does. What it says is in $output.
ask() {
	asked=$((asked + 1))
	echo "$1" >&5
	until_it says 'end ' "$asked"
	output=$(tr -d '\r' <terminal | awk -v which="$asked" '
		/^begun$/ { text = ""; next }
		/^end / { if (++ended == which) { printf "%s", text; exit } text = ""; next }
		{ text = text $0 "\n" }')
	[ "$(grep '^end ' terminal | sed -n "${asked}s/[^0-9]//gp")" = 0 ]
}

# console_has COUNT TEXT: as often, or more.
console_has() {
	[ "$(grep -cFe "$2" console)" -ge "$1" ]
}

# is_off: by itself, and the disk has been left as it should be.
is_off() {
	wait_until gone "$qemu"
	wait "$qemu"
	run ! grep -i panic console
	console_has 1 'reboot: Power down'
	dumpe2fs -h disk >state 2>/dev/null
	cat state
	grep '^Filesystem state: *clean$' state
	run ! grep needs_recovery state
}

# written FILE: as it is on the disk of a machine that is off.
written() {
	debugfs -R "cat $1" disk 2>/dev/null
}

# stopped_in_order FILE: svscan says there that each has ended in its turn, and nobody was killed.
stopped_in_order() {
	cat "$1"
	sed -n 's/^.*svscan: \(.*\) ended after .*/\1/p' "$1" >order
	[ "$(grep -xE 'web|db|logger of db' order | tr '\n' ,)" = "web,db,logger of db," ]
	[ "$(grep -cxE 'getty|acpid' order)" = 2 ]
	run ! grep killing "$1"
}

@test "boots with all services; Ctrl-Alt-Del boots again, the power button is the end; nothing is lost" {
	power_on
	begins
	ask 'svwait -a -T 60000 ready db web acpid && svup -r'
	ask 'readlink /proc/1/exe && hostname && cat /proc/sys/kernel/ctrl-alt-del'
	[ "$output" = $'/usr/local/bin/svscan\nupkeep-machine\n0' ]
	ask 'ping -c 1 -w 60 127.0.0.1'
	ask 'svwait -T 60000 ready db/log'
	# Nothing of it is in memory only.
	ask 'grep " / ext4 rw" /proc/mounts; ls -1 -d /service/*/supervise'
	[ "$(grep -c supervise <<<"$output")" = 4 ]
	# The files belong to whoever runs the test, and a supervise warns of executables that are not root's.
	run ! grep -i -e fatal -e "$([ "$(id -u)" = 0 ] && echo warning || echo panic)" -e unable -e "can't" console

	echo sendkey ctrl-alt-delete >&6
	begins
	stopped_in_order console
	contains console 'svscan: got SIGINT: stopping'
	console_has 1 'reboot: Restarting system'
	ask 'svwait -a -T 60000 ready db web acpid && svup -r'
	ask 'dmesg | grep -e "ext4 filesystem being" -e "EXT4-fs"'
	[[ $output != *error* ]]
	ask 'svlog db'
	[ "$(grep -oE '(open|closed)$' <<<"$output" | tr '\n' ,)" = open,closed,open, ]

	: >console
	echo system_powerdown >&6
	is_off
	contains console 'svscan: got SIGPWR: stopping'
	stopped_in_order console
	[ "$(written /etc/sv/db/log/main/current | grep -oE '(open|closed)$' | tr '\n' ,)" = open,closed,open,closed, ]
}

@test "killed services, a logger of its own, and a new svscan under the old: a reboot and an end that lose nothing" {
	recipe log
	service deaf <<-'X'
	#!/bin/sh
	trap '' TERM
	while :; do sleep 1000000; done
	X
	# All that it waits for is there: the first half minute is not what is shown.
	sed -i 's/-g 60000/-g 4000/' root/sbin/init-upkeep
	power_on
	begins
	ask 'svwait -a -T 60000 ready db deaf'
	# The old one cannot leave the disk.
	ask 'cd /usr/local/bin && cp svscan new && mv new svscan && readlink /proc/1/exe'
	[[ $output == *deleted* ]]
	ask 'kill -TERM 1'
	begins
	console_has 1 'sysrq: Emergency Remount R/O'
	console_has 1 'reboot: Restarting system'
	ask 'dmesg | grep EXT4-fs'
	[[ $output != *error* ]]
	ask 'svlog | grep deaf'
	[[ $output == *'svscan: killing deaf, '* ]]
	ask 'svwait -T 60000 ready deaf && kill -PWR 1'
	is_off
	[ "$(written /service/.svscan/log/main/current | grep -c 'svscan: killing deaf, ')" = 2 ]
}
