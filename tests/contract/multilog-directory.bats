#!/usr/bin/env bats
# Contract with 0.76: the log directory of multilog, when it is opened, rotated, recovered, processed,
# and when the disk gives trouble.

load driver

# left FILE=MODE...: a log directory with these files, each holding a line with its name.
left() {
	local file
	mkdir -m 700 log
	for file; do
		echo "in ${file%=*}" >"log/${file%=*}"
		chmod "${file#*=}" "log/${file%=*}"
	done
}

# next FILE=MODE...: the same, and the next multilog finds it.
next() {
	left "$@"
	echo next | multilog ./log
}

# bulk DIR...: what rotation promises whatever the sizes: names, modes, and all bytes in order.
bulk() {
	local dir
	for dir; do
		stat -c '%n %a' "$dir"/*
		cat "$dir"/@* "$dir/current" | cksum
		rm -r "$dir"
	done
}

@test "opening" {
	cases <<'E'
multilog: a directory is made
	echo text | multilog ./log
multilog: its parent is not
	echo text | multilog ./no/log
multilog: an absolute name
	echo text | multilog "$PWD/log"
multilog: an existing directory keeps its mode
	mkdir -m 755 log; echo text | multilog ./log
multilog: a link to a directory
	mkdir real; ln -s real log; echo text | multilog ./log
multilog: a directory that is not opened because of a later one
	echo text | multilog ./log ./no/log; ls
	differs: files
	ours: [ ! -e log/current ]
multilog: two directories
	echo text | multilog ./a ./b
multilog: a name that ends in a slash
	echo text | multilog ./log/
multilog: the umask does not count
	umask 077; printf 'a\nb\n' | multilog ./log =status
multilog: a file instead of a directory
	touch log; echo text | multilog ./log
multilog: the same directory twice is locked
	echo text | multilog ./log ./log
	differs: files
	ours: [ ! -e log/current ]
	theirs: [ -e log/current ]
multilog: a locked directory
	mkdir log; flock log/lock sh -c 'echo text | multilog ./log'
multilog: a lock that cannot be opened
	mkdir -p log/lock; echo text | multilog ./log
multilog: a directory without permission
	mkdir -m 000 log; echo text | weak multilog ./log; chmod 700 log
multilog: a directory that cannot be written
	mkdir -m 500 log; echo text | weak multilog ./log; chmod 700 log
multilog: a parent that cannot be written
	mkdir -m 500 up; echo text | weak multilog ./up/log; chmod 700 up
multilog: current that cannot be opened
	mkdir log; touch log/current; chmod 100 log/current; echo text | weak multilog ./log
multilog: processed is a loop: links are not followed at all
	mkdir log; ln -s processed log/processed; echo text | multilog ./log
	differs: stderr exit files
	ours: [ "$exit" = 0 ] && [ "$(ls log)" = $'current\nlock\nstate' ]
	theirs: [ "$exit" = 111 ]
multilog: processed is a dangling link
	mkdir log; ln -s nowhere log/processed; echo text | multilog ./log
multilog: processed is a link to something complete: it says nothing about previous
	mkdir log; echo x >_x; chmod 744 _x; ln -s ../_x log/processed; echo kept >log/previous; echo text | multilog ./log
	differs: files
	ours: grep -qx kept log/@*.u
	theirs: [ -z "$(grep -rl kept log)" ]
multilog: current is a loop: links are not followed at all
	mkdir log; ln -s current log/current; echo text | multilog ./log
	differs: stderr
	ours: [ "$stderr" = 'multilog: fatal: unable to append to ./log/current: symbolic link loop' ]
	theirs: [ "$stderr" = 'multilog: fatal: unable to stat ./log/current: symbolic link loop' ]
multilog: a status file that cannot be made
	echo text | multilog =no/status
multilog: a status file that is a directory
	mkdir status; echo text | multilog =status
multilog: a status file without permission
	touch status; chmod 000 status; echo text | weak multilog =status
multilog: an empty name of a status file
	echo text | multilog =
multilog: status files are opened before directories
	multilog ./log =no/status ./no/log; multilog ./no/log =status
multilog: nothing is read before all is open; ours changes nothing either
	{ echo text; echo more; } >_in; exec 8<_in; multilog ./log ./no/log <&8; cat <&8
	differs: files
	ours: [ ! -e log/current ]
	theirs: [ -e log/current ]
E
}

@test "what is left when a directory is opened" {
	rows next <<'E'
multilog: current=0744
multilog: current=0644
multilog: current=0600
multilog: current=0755
multilog: current=0744 | state=0644
multilog: current=0744 | state=0644 | newstate=0644
multilog: current=0744 | previous=0744
multilog: current=0744 | previous=0644
multilog: current=0744 | processed=0744
multilog: current=0744 | processed=0644
multilog: current=0644 | state=0644
multilog: current=0644 | state=0644 | newstate=0644
multilog: current=0644 | previous=0744
multilog: current=0644 | previous=0644
multilog: current=0644 | processed=0744
multilog: current=0644 | processed=0644
multilog: current=0644 | previous=0744 | processed=0744
multilog: current=0644 | previous=0744 | processed=0644
multilog: current=0644 | previous=0744 | processed=0744 | newstate=0644 | state=0644
multilog: current=0644 | previous=0744 | processed=0644 | newstate=0644 | state=0644
multilog: previous=0744
multilog: previous=0644
multilog: processed=0744
multilog: processed=0644
multilog: previous=0744 | processed=0744
multilog: previous=0744 | processed=0644
multilog: previous=0744 | processed=0744 | newstate=0644
multilog: state=0644
multilog: newstate=0644
multilog: lock=0600
multilog: current=0744 | @400000000000000000000001.s=0744
multilog: current=0644 | @400000000000000000000001.u=0644
multilog: other=0644 | current=0644
E
}

@test "after an unclean end" {
	cases <<'E'
multilog: killed with a line on disk
	fed multilog ./log; echo one >&9; wait_until contains log/current one; kill -KILL $fed; wait $fed 2>/dev/null
	exec 9>&-; stat -c %a log/current; echo two | multilog ./log
multilog: killed with nothing written
	fed multilog ./log; wait_until sh -c 'stat -c %a log/current 2>&1 | grep -qx 644'; kill -KILL $fed; wait $fed 2>/dev/null
	exec 9>&-; echo two | multilog ./log
multilog: killed by HUP
	fed multilog ./log; echo one >&9; wait_until contains log/current one; kill -HUP $fed; wait $fed 2>/dev/null; echo $?
	exec 9>&-; echo two | multilog ./log
multilog: killed by INT and USR1, with t
	(trap - INT; fed multilog t ./log; echo one >&9; wait_until contains log/current one; kill -USR1 $fed; wait $fed)
	echo two | multilog t ./log
multilog: previous that is linked already is only unlinked
	left current=0644 previous=0744; ln log/previous log/@400000000000000000000001.u; echo next | multilog ./log
multilog: processed that is linked already is only unlinked
	left current=0644 processed=0744; ln log/processed log/@400000000000000000000001.s; echo next | multilog ./log
multilog: current that is linked already is only unlinked
	left current=0644; ln log/current log/@400000000000000000000001.u; echo next | multilog ./log
multilog: recovery trims
	left current=0644 @400000000000000000000001.s=0744 @400000000000000000000002.s=0744; echo next | multilog n2 ./log
multilog: a clean continuation does not trim
	left current=0744 @400000000000000000000001.s=0744 @400000000000000000000002.s=0744; echo next | multilog n2 ./log
multilog: state is a directory
	mkdir -p log/state; echo text | multilog ./log
multilog: current is a dangling link: ours does not write where it leads
	mkdir log; ln -s nowhere log/current; echo text | multilog ./log
	differs: stderr exit files
	ours: [ "$exit" = 111 ] && [ ! -e log/nowhere ]
	theirs: [ "$exit" = 0 ] && [ -s log/nowhere ]
multilog: current is a directory: it waits
	mkdir log; mkdir -m 644 log/current; touch _err; fed multilog ./log 2>_err; wait_until contains _err pausing; head -n 1 _err
E
}

@test "rotation" {
	cases <<'E'
multilog: a small size is 4096; the first newline past 2096 ends a file
	numbered 211 | singly 10 | multilog s1 ./log
multilog: size 4096
	numbered 1000 | singly 10 | multilog s4096 ./log
multilog: size 5000
	numbered 1000 | singly 10 | multilog s5000 ./log
multilog: a size that is no number is 4096
	numbered 500 | singly 10 | multilog sfoo ./log
multilog: s alone is 4096
	numbered 500 | singly 10 | multilog s ./log
multilog: a size counts up to the first letter
	numbered 1000 | singly 10 | multilog s6000k ./log
multilog: a negative size is 4096
	numbered 500 | singly 10 | multilog s-9000 ./log
multilog: the size 99999 when nothing is said
	numbered 9900 | singly 10 | multilog ./log
	stat -c '%n %a %s' log/*; rm -r log
multilog: the greatest size is 16777215
	seq -f 'line %0994g' 1 17100 | singly 1000 | multilog s99999999 ./log
	stat -c '%n %a %s' log/*; rm -r log
multilog: lines of 100 bytes
	seq -f 'line %094g' 1 100 | singly 100 | multilog s4096 ./log
multilog: lines of 1000 bytes
	seq -f 'line %0994g' 1 20 | singly 1000 | multilog s4096 ./log
multilog: a long line is cut at the size
	{ chars 9000; echo; } | multilog s4096 ./log
multilog: a long line without newline is cut at the size
	chars 9000 | multilog s4096 ./log
multilog: a short and a long line
	{ echo short; chars 9000; echo; echo end; } | multilog s4096 n20 ./log
multilog: lines and t
	numbered 300 | singly 10 | multilog t s4096 ./log
multilog: ten files by default
	numbered 3000 | singly 10 | multilog s4096 ./log
multilog: n2 leaves one old file
	numbered 1500 | singly 10 | multilog s4096 n2 ./log
multilog: n3 leaves two
	numbered 1500 | singly 10 | multilog s4096 n3 ./log
multilog: n0, n1 and n are n2
	for n in 0 1 ''; do numbered 1500 | singly 10 | multilog s4096 n$n ./log$n; done
multilog: a number that is none is 2
	numbered 1500 | singly 10 | multilog s4096 nx ./log
multilog: two directories of different size
	numbered 1200 | singly 10 | multilog s4096 n3 ./a s8192 n2 ./b
multilog: rotation of what is selected
	numbered 1200 | singly 10 | multilog '-*7' s4096 ./log
multilog: current that is full already is rotated at the first line
	mkdir -m 700 log; numbered 450 >log/current; chmod 744 log/current; echo next | multilog s4096 ./log
multilog: current past the soft limit goes on to its first newline
	mkdir -m 700 log; numbered 250 >log/current; chmod 744 log/current
	printf 'next one\nnext two\n' | singly 9 | multilog s4096 ./log
# Where a file ends in bulk input depends on the size of reads; how many there are, only if sizes are
# small against them.
multilog: bulk input
	numbered 40000 | multilog s100000 n100 ./log; bulk log
multilog: bulk input to small files
	numbered 20000 | multilog s4096 n200 ./log; stat -c %a log/@* | sort -u; cat log/@* log/current | cksum; rm -r log
multilog: bulk input with few files
	numbered 20000 | multilog s20000 n4 ./log; stat -c '%n %a' log/*; cat log/@* log/current | tail -n 5; rm -r log
multilog: bulk input and ten small files
	numbered 20000 | multilog s4096 ./log; stat -c '%n %a' log/*; tail -n 1 log/current; rm -r log
multilog: bulk input and a processor
	numbered 20000 | multilog s50000 n100 '!cat' ./log; bulk log
multilog: bulk input with long lines
	for n in 3000 5000 10 9000; do chars $n; echo; done | multilog s4096 n100 ./log; bulk log
multilog: bulk input to two directories
	numbered 20000 | multilog s80000 n100 ./a '-*5' s50000 ./b; bulk a b
E
}

@test "trimming" {
	cases <<'E'
multilog: the smallest names go first
	left @400000000000000000000003.s=0744 @400000000000000000000001.s=0744 @400000000000000000000002.u=0644
	numbered 211 | singly 10 | multilog s4096 n3 ./log
multilog: short names with @ do not count
	left @short=0644 @400000000000000000000001.s=0744 @40000000000000000000000=0644
	numbered 211 | singly 10 | multilog s4096 n2 ./log
multilog: longer names count
	left @400000000000000000000001.s.gz=0744 @400000000000000000000002.s=0744
	numbered 211 | singly 10 | multilog s4096 n2 ./log
multilog: names that share 25 bytes go together
	left @400000000000000000000001.s=0744 @400000000000000000000001.u=0744 @400000000000000000000002.s=0744
	numbered 211 | singly 10 | multilog s4096 n3 ./log
multilog: names that do not begin with @ stay
	left 400000000000000000000001.s=0744 x@400000000000000000000001.s=0744
	numbered 211 | singly 10 | multilog s4096 n2 ./log
multilog: a name that is no label counts
	left @zzzzzzzzzzzzzzzzzzzzzzzz.s=0744 @000000000000000000000000=0744
	numbered 211 | singly 10 | multilog s4096 n2 ./log
multilog: nothing is trimmed without rotation
	left @400000000000000000000001.s=0744 @400000000000000000000002.s=0744 @400000000000000000000003.s=0744
	multilog n2 ./log; echo text | multilog n2 ./log
multilog: an archive of the future stays
	left @4000000100000000000000000.s=0744; numbered 450 | singly 10 | multilog s4096 n3 ./log
E
}

@test "signals" {
	cases <<'E'
multilog: ALRM rotates
	fed multilog ./log; echo one >&9; wait_until contains log/current one; kill -ALRM $fed
	wait_until sh -c 'ls log/@*' >/dev/null 2>&1; echo two >&9; exec 9>&-; wait $fed
multilog: ALRM does not rotate what is empty
	fed multilog ./log; wait_until test -e log/current; kill -ALRM $fed; taken; echo two >&9; exec 9>&-; wait $fed
multilog: ALRM rotates all directories that have something
	fed multilog ./a -one ./b ./c; echo one >&9; wait_until contains a/current one; kill -ALRM $fed
	wait_until sh -c 'ls a/@*' >/dev/null 2>&1; exec 9>&-; wait $fed
multilog: ALRM in a line: what is not written yet is not rotated
	fed multilog ./log; printf 'one\ntw' >&9; wait_until contains log/current one; kill -ALRM $fed
	wait_until sh -c 'ls log/@*' >/dev/null 2>&1; echo o >&9; exec 9>&-; wait $fed
multilog: ALRM in a long line, which is written as it comes
	fed multilog ./log; chars 3000 >&9; wait_until test -s log/current; kill -ALRM $fed
	wait_until sh -c 'ls log/@*' >/dev/null 2>&1; echo e >&9; exec 9>&-; wait $fed; cat log/@* log/current | cksum; rm -r log
multilog: ALRM and n2
	left current=0744 @400000000000000000000001.s=0744; fed multilog n2 ./log; wait_until test -e log/lock
	echo one >&9; wait_until contains log/current one; kill -ALRM $fed
	wait_until sh -c 'ls log/@400000006*' >/dev/null 2>&1; exec 9>&-; wait $fed
multilog: TERM ends it cleanly
	fed multilog ./log; echo one >&9; wait_until contains log/current one; kill -TERM $fed; wait $fed
multilog: TERM with nothing read
	fed multilog ./log; wait_until test -e log/current; kill -TERM $fed; wait $fed
multilog: TERM in a line waits for its end and leaves the rest in the pipe
	fed multilog ./log; exec 8<_in; printf 'one\ntw' >&9; wait_until contains log/current one; kill -TERM $fed; taken
	printf 'o\nnot read\n' >&9; exec 9>&-; wait $fed; echo $?; cat <&8
multilog: TERM, with t
	fed multilog t ./log; exec 8<_in; printf 'one\ntw' >&9; wait_until contains log/current one; kill -TERM $fed; taken
	printf 'o\nnot read\n' >&9; exec 9>&-; wait $fed; echo $?; cat <&8
multilog: TERM in a line whose end does not come; 0.76 waits for it
	fed multilog ./log; printf 'one\ntw' >&9; wait_until contains log/current one; kill -TERM $fed; taken
	case $(command -v multilog) in */ours/*) wait_until gone $fed ;; *) alive $fed; kill -KILL $fed ;; esac; wait $fed 2>/dev/null; echo $?
	differs: stdout files
	ours: [ "$stdout" = 0 ] && [ "$(cat log/current)" = one ] && [ "$(tail -c 2 log/.spool)" = tw ]
	theirs: [ "$stdout" = 137 ] && [ "$(cat log/current)" = one ]
multilog: TERM while a processor fails; 0.76 does not hear it
	fed multilog s4096 '!exit 1' ./log 2>_err; numbered 250 | singly 10 >&9 & wait_until contains _err pausing; kill -TERM $fed
	case $(command -v multilog) in */ours/*) wait_until gone $fed ;; *) grep -c '^ShdPnd:.*4000$' /proc/$fed/status; kill -KILL $fed ;; esac; wait $fed 2>/dev/null; echo $?; rm -r log
	differs: stdout
	ours: [ "$stdout" = 0 ]
	theirs: [ "$stdout" = $'1\n137' ]
multilog: TERM and the end of input in a line
	fed multilog ./log; printf 'one\ntw' >&9; wait_until contains log/current one; kill -TERM $fed; exec 9>&-; wait $fed
E
}

@test "processors" {
	cases <<'E'
multilog: a processor's output is the archive
	numbered 211 | singly 10 | multilog s4096 '!sed s/line/LINE/' ./log
multilog: a processor gets all archives
	numbered 900 | singly 10 | multilog s4096 '!tr 0-9 a-j' ./log
multilog: a processor counts for the directories to its right
	numbered 211 | singly 10 | multilog s4096 ./a '!wc -c' ./b
multilog: the last processor counts
	numbered 211 | singly 10 | multilog s4096 '!false' '!wc -l' ./log
multilog: a processor without output
	numbered 211 | singly 10 | multilog s4096 '!true' ./log
multilog: an empty processor
	numbered 211 | singly 10 | multilog s4096 '!' ./log
multilog: state goes from one run to the next
	numbered 900 | singly 10 | multilog s4096 '!cat <&4; { cat <&4; wc -l; } | tee /dev/fd/5' ./log
multilog: state is there from the beginning, and empty
	numbered 211 | singly 10 | multilog s4096 '!wc -c <&4; echo kept >&5' ./log
multilog: no newstate written is an empty state
	numbered 450 | singly 10 | multilog s4096 '!cat >/dev/null; cat <&4; echo x' ./log
multilog: a processor runs in the log directory
	numbered 211 | singly 10 | multilog s4096 '!basename "$PWD"; ls' ./log
multilog: a processor has the descriptors 0 1 2 4 5
	numbered 211 | singly 10 | multilog s4096 '!for f in 0 1 2 3 4 5 6 7 8; do [ ! -e /proc/$$/fd/$f ] || readlink /proc/$$/fd/$f; done >../_fds; sed "s,.*/,," ../_fds' ./log 2>_err
multilog: a processor's stderr is multilog's
	numbered 211 | singly 10 | multilog s4096 '!echo said >&2; cat' ./log
multilog: a processor's environment and umask
	export WORD=word; umask 077; numbered 211 | singly 10 | multilog s4096 '!echo $WORD; umask; : >made' ./log
multilog: a processor's signals
	numbered 211 | singly 10 | multilog s4096 '!grep -E "^Sig(Blk|Ign)" /proc/self/status' ./log
multilog: a processor by ALRM
	fed multilog '!sed s/one/ONE/' ./log; echo one >&9; wait_until contains log/current one; kill -ALRM $fed
	wait_until sh -c 'ls log/@*' >/dev/null 2>&1; echo two >&9; exec 9>&-; wait $fed
multilog: a processor is not run at the start-up's recovery
	left current=0644 previous=0744; echo next | multilog '!sed s/in/OUT/' ./log
multilog: a processor is not run at the end
	echo text | multilog '!sed s/text/TEXT/' ./log
multilog: a processor with newstate, killed in between
	fed multilog s4096 '!cat; echo new >&5; touch ../_here; test -e ../_ok || read x <../_wait' ./log; mkfifo _wait
	numbered 210 | singly 10 >&9 & wait_until test -e _here; kill -KILL $fed; wait $fed 2>/dev/null; exec 9>&-
	ls log | sed 's/@.*/@/'; end_case; echo next | multilog ./log
E
}

@test "a processor that fails or is killed" {
	cases <<'E'
multilog: a processor that fails is tried again, and nothing is lost
	fed multilog s4096 '!cat; test -e ../_ok || { touch ../_ok; exit 3; }' ./log 2>_err
	numbered 250 | singly 10 >&9 & exec 9>&-; wait $fed; cat _err
# 0.76 says of one that was killed that it failed, too, after the pause, and pauses again.
multilog: a processor that is killed is tried again
	fed multilog s4096 '!cat; test -e ../_ok || { touch ../_ok; kill -KILL $$; }' ./log 2>_err
	numbered 250 | singly 10 >&9 & exec 9>&-; wait $fed; sed 's/pausing.*/pausing/' _err
	differs: stdout
	ours: [ "$stdout" = 'multilog: warning: processor crashed in ./log, pausing' ]
	theirs: [[ $stdout == *crashed*$'\n'*failed* ]]
E
}

@test "a file that may not grow" {
	cases <<'E'
multilog: it says so and goes on trying
	(ulimit -f 2; trap '' XFSZ; fed multilog ./log 2>_err; chars 3000 >&9; wait_until contains _err pausing; head -n 1 _err; kill -KILL $fed)
	rm -r log
E
}

@test "an archive that cannot be removed" {
	cases <<'E'
multilog: it waits until the archive is gone; 0.76 says that it cannot read the directory
	mkdir -p log/@400000000000000000000001.s; touch _err; fed multilog s4096 n2 ./log 2>_err
	numbered 211 | singly 10 >&9 & exec 9>&-; wait_until contains _err pausing; head -n 1 _err
	rmdir log/@400000000000000000000001.s; wait $fed
	differs: stdout
	ours: [[ $stdout == 'multilog: warning: unable to remove ./log/@400000000000000000000001.s, pausing: is a directory' ]]
	theirs: [[ $stdout == 'multilog: warning: unable to read ./log, pausing: is a directory' ]]
E
}

# 0.76 overwrites a file named previous, which a copied directory may hold; we archive it first.
@test "previous is in the way" {
	cases <<'E'
multilog: a directory of that name
	mkdir -p log; echo x >log/current; chmod 744 log/current; mkdir log/previous; touch _err; fed multilog s4096 ./log 2>_err
	numbered 211 | singly 10 >&9 & exec 9>&-; wait_until contains _err pausing; head -n 1 _err
	rmdir log/previous; wait $fed
	differs: stdout
	ours: [ "$stdout" = 'multilog: warning: unable to remove ./log/previous, pausing: is a directory' ]
	theirs: [[ $stdout == 'multilog: warning: unable to rename current to previous in directory ./log, pausing: '* ]]
multilog: a file of that name is not lost
	left current=0744 previous=0744; numbered 211 | singly 10 | multilog s4096 ./log
	differs: files
	ours: grep -qx 'in previous' log/@*.u
	theirs: [ -z "$(grep -rl 'in previous' log)" ]
E
}

@test "processed or newstate is in the way" {
	cases <<'E'
multilog: a directory named processed
	fed multilog s4096 '!cat' ./log 2>_err; wait_until test -e log/current; mkdir log/processed
	numbered 211 | singly 10 >&9 & exec 9>&-; wait_until contains _err pausing; head -n 1 _err
	rmdir log/processed; wait $fed
multilog: a directory named newstate
	fed multilog s4096 '!cat' ./log 2>_err; wait_until test -e log/current; mkdir log/newstate
	numbered 211 | singly 10 >&9 & exec 9>&-; wait_until contains _err pausing; head -n 1 _err
	rmdir log/newstate; wait $fed
E
}

@test "a full disk" {
	need_root
	cases <<'E'
multilog: it waits until there is room, and loses nothing
	mkdir log; mount -t tmpfs -o size=16k,mode=700 none log; fed multilog s200000 ./log 2>_err
	numbered 3000 >_lines; cat _lines >&9 & wait_until contains _err pausing; head -n 1 _err
	mount -o remount,size=1m log; exec 9>&-; wait $fed; echo $?; cmp _lines log/current; umount log
E
}
