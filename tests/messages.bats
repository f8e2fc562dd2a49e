# Who has a message in his log finds it in the page of the program that said it, with what to do.

load helper

setup() {
	local tool
	for tool in perl cc make; do
		command -v $tool >/dev/null || skip "needs $tool"
	done
	cd "$BATS_TEST_TMPDIR"
}

# pages: those of programs, in the current tree.
pages() {
	find svscan supervise multilog svc package -name '*.8' | sort
}

@test "DIAGNOSTICS of each page is what its program can say, message by message, each with a cure" {
	cd "$TOP"
	perl tests/messages/list.pl >"$BATS_TEST_TMPDIR/list"
	[ "$(lines "$BATS_TEST_TMPDIR/list")" -ge 300 ]
	run -0 perl tests/messages/compare.pl "$BATS_TEST_TMPDIR/list" $(pages)
	[ "$output" = "" ]
	# Every program has a page; those that say nothing have one, too.
	local file
	for file in "$BIN"/*; do
		pages | grep -q "/${file##*/}\.8$"
	done
}

# has_entry LINE: whether the page of the program that said it has an entry that fits.
has_entry() {
	local page
	page=$(cd "$TOP" && pages | grep "/${1%%:*}\.8$")
	perl -e '
		my $line = pop @ARGV;
		while (<>) {
			s/^\.It "(.*)"\n/$1/ or next;
			s/""|\\\*q/"/g;
			my $entry = join("", map { /^[A-Z]+$/ ? ".+" : quotemeta } split /([A-Z]+)/);
			$entry =~ s/\\\[(.*?)\\\]/(?:$1)?/g;
			exit 0 if $line =~ /^$entry$/;
		}
		exit 1' "$TOP/$page" "$1"
}

@test "what programs really say has an entry in their pages" {
	mkdir service
	local line
	{
		supervise missing || true
		svscan missing || true
		svscan -g x || true
		multilog ./missing/main </dev/null || true
		SVDIR=missing svlog || true
		svlog -g '(' || true
		svc -u missing service
		svok missing || true
		SVDIR=missing svstat -a || true
		SVDIR=missing svup || true
		SVDIR=missing svwhy || true
		svlint missing || true
		svwait up missing || true
		svwait -T 0 up service || true
		setuidgid no-such-account true || true
		envuidgid no-such-account true || true
		envdir missing true || true
		softlimit missing || true
		setlock missing/lock true || true
		pgrphack missing || true
		fghack missing || true
		new-service service -- true || true
	} >/dev/null 2>said
	cat said
	[ "$(lines said)" -ge 22 ]
	while read -r line; do
		has_entry "$line"
	done <said
	run ! has_entry "svok: fatal: unable to eat missing: file does not exist"
}

@test "daemontools(7) has each error text, and no other" {
	sed -n 's/^\tTEXT([A-Z0-9_]*, "\([^"]*\)").*/\1/p' "$TOP/lib/msg.c" | grep -vx 'no error' | sort >texts
	[ "$(lines texts)" -ge 40 ]
	sed -n '/^\.Ss Error texts/,/^\.Sh/s/^\.It "\(.*\)"$/\1/p' "$TOP/package/daemontools.7" | sort | diff texts -
}

@test "nothing but lib/msg.c says anything, but for what lines and a usage without a name need" {
	cd "$TOP"
	run -0 grep -lE 'write[a-z_]*\((STDERR_FILENO|2,)|\b(perror|[vdf]*printf|errx?)\(|\bstderr\b *[,)]' \
		lib/*.c svscan/*.c supervise/*.c multilog/*.c svc/*.c
	[ "$output" = $'svscan/ownlog.c\nmultilog/carry.c\nsvc/svc.c' ]
}

# said STATEMENT: what pgrphack can say if it does that, too, is in ./list.
said() {
	sed "s|^\tchain_run|\t$1\n&|" "$TOP/supervise/pgrphack.c" >tree/supervise/pgrphack.c
	(cd tree && perl "$TOP/tests/messages/list.pl" pgrphack) >list
}

# compared: what is wrong with its page ./pgrphack.8 then.
compared() {
	(cd "$TOP" && perl tests/messages/compare.pl "$OLDPWD/list" "$OLDPWD/pgrphack.8") | sed "s|^$PWD/||"
}

@test "a message that a page lacks, one that nobody says, one without a cure: each is found" {
	mkdir -p tree/tests tree/lib
	cp -R "$TOP/tests/unit" tree/tests
	cp -R "$TOP/Makefile" "$TOP/supervise" "$TOP/package" tree
	cp "$TOP"/lib/*.h "$TOP/lib/chain.c" tree/lib
	cp "$TOP/supervise/pgrphack.8" .
	said 'msg_warn("%s %s", argc > 2 ? "many" : "few", argv[1]);'
	run compared
	[ "$output" = $'pgrphack.8: no entry for: warning: few {}\npgrphack.8: no entry for: warning: many {}' ]
	sed -i 's/^\.It "pgrphack: fatal: unable to run .*/&\n.It "pgrphack: warning: WHAT NAME"/' pgrphack.8
	run compared
	[ "$output" = "" ]
	said ''
	run compared
	[ "$output" = "pgrphack.8: nobody says: warning: WHAT NAME" ]
	sed '/^\.It "pgrphack/,/^\.El/{/^\.It/b; /^\.El/b; d}' "$TOP/supervise/pgrphack.8" >pgrphack.8
	run compared
	[ "$output" = "pgrphack.8: no cure: fatal: unable to run CHILD: ERROR" ]
	# Words that cannot be found would make an entry that fits everything.
	run ! said 'msg_die(111, "unable to %s", argv[1]);'
	[[ $output == *'list.pl: pgrphack: what can stand in "fatal: unable to {}"?'* ]]
}
