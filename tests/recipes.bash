# The recipes of services(7), made in a machine of their own (machine.bash) as the page says.

ROOT= # of the machine, seen from outside

# recipe NAME: its commands, taken from the page by the command that the page gives to its readers.
recipe() {
	mandoc "$TOP/package/services.7" | sed -n "/# recipe $1\$/,/# end\$/s/^ *//p"
}

# account NAME: is there, as its package would have made it.
account() {
	inside sh -e <<-X
	grep -q ^$1: /etc/group || echo "$1:x:\$((60000 + \$(wc -l </etc/group))):" >>/etc/group
	id=\$(sed -n 's/^$1:[^:]*:\([0-9]*\):.*/\1/p' /etc/group)
	grep -q ^$1: /etc/passwd || echo "$1:x:\$id:\$id::/nonexistent:/usr/sbin/nologin" >>/etc/passwd
	X
}

# begin_machine FILE...: one that has these programs, and whose services find each other by name.
begin_machine() {
	need_packages "$@"
	command -v mandoc >/dev/null || skip "needs mandoc"
	export SVDIR=/etc/service
	start_machine
	ROOT=/proc/$machine/root
}

# make_recipe NAME: the service directory, and a log for it.
make_recipe() {
	recipe "$1" >"$1.sh"
	[ -s "$1.sh" ]
	inside sh -e <"$1.sh"
	add_log "$1"
}

add_log() {
	{
		echo "cd /etc/sv/$1"
		recipe log
	} >log.sh
	inside sh -e <log.sh
}

enable() {
	inside ln -s "/etc/sv/$1" /etc/service/
}

# key NAME KEY, state_is NAME STATE, logged NAME TEXT
key() {
	sed -n "s/^$2=//p" "$ROOT/etc/sv/$1/supervise/state"
}

state_is() {
	[ "$(key "$1" state 2>/dev/null)" = "$2" ]
}

logged() {
	contains "$ROOT/etc/sv/$1/log/main/current" "$2"
}

# told NAME: its log, for when a test fails.
told() {
	cat "$ROOT/etc/sv/$1/log/main/current" err
}

# processes COMMAND: their numbers inside; COMMAND is a pattern for the whole command line.
processes() {
	local file
	for file in "$ROOT"/proc/[0-9]*; do
		tr '\0' ' ' <"$file/cmdline" 2>/dev/null | grep -qE -e "$1" && echo "${file##*/}"
	done
	return 0
}

none_of() {
	[ -z "$(processes "$1")" ]
}

# new_run NAME OLD: it is ready, as another process than OLD.
new_run() {
	# In this order: the other way round the one may be about the old run, the other about the new one.
	[ "$(key "$1" pid)" != "$2" ] && state_is "$1" ready
}

answers_with() {
	[[ $(inside curl -s --max-time 30 "$1") == *"$2"* ]]
}
