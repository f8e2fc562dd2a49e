# What bash, zsh and fish complete, asked of these shells themselves: bash and zsh on a terminal, where a
# key inserts all that fits and another one writes the line into a file.

load helper

PROGRAMS="svc svlint svlog svok svstat svup svwait svwhy"

setup() {
	cd "$BATS_TEST_TMPDIR"
	export SVDIR=$PWD/service HOME=$PWD
	mkdir -p service/{web/log,worker,db/log,mail@1,job,it:em,.svscan/log} sv/{web,other} made
	touch service/word
	ln -s ../sv/other service/away
	ln -s nowhere service/dangling
	local shell program
	for shell in bash zsh fish; do
		for program in $PROGRAMS; do
			sh "$TOP/package/completions/make" "$program.$shell" >"made/$program.$shell"
		done
	done
}

need_terminal() {
	command -v script >/dev/null || skip "needs script"
	mkfifo keys
	exec 9<>keys
	: >answers
}

teardown() {
	exec 9>&-
	end_all
}

# at_terminal COMMAND: a shell that has drawn its first prompt, and so reads keys as they come.
at_terminal() {
	env --default-signal TERM=dumb script -fqec "$1" typescript <keys >/dev/null 3>&- 4>&- 9>&- &
	wait_until contains typescript 'prompt 1>'
}

begin_bash() {
	need_terminal
	cat >rc <<-'X'
	for file in made/*.bash; do . "$file"; done
	answer() { printf '<%s>\n' "$READLINE_LINE" >>answers; READLINE_LINE=; }
	bind '"\C-t": insert-completions'
	bind -x '"\C-g": answer'
	PROMPT_COMMAND=
	PS1='prompt \#>'
	X
	at_terminal 'bash --noprofile --rcfile rc'
}

begin_zsh() {
	command -v zsh >/dev/null || skip "needs zsh"
	need_terminal
	mkdir functions
	for program in $PROGRAMS; do
		cp "made/$program.zsh" "functions/_$program"
	done
	cat >.zshrc <<-'X'
	fpath=($PWD/functions $fpath)
	autoload -Uz compinit
	compinit -u -D
	zstyle ':completion:all:*' completer _all_matches _complete
	zstyle ':completion:all:*' insert true
	zstyle ':completion:*' sort true
	zle -C all complete-word _generic
	bindkey '^T' all
	answer() { print -r -- "<$BUFFER>" >>answers; BUFFER=; }
	zle -N answer
	bindkey '^G' answer
	PS1='prompt 1>'
	X
	ZDOTDIR=$PWD at_terminal 'zsh -i'
}

# answered COUNT
answered() {
	[ "$(lines answers)" = "$1" ]
}

# becomes LINE ALL: LINE becomes ALL when everything that fits is inserted, or KEY pressed.
becomes() {
	local -i count
	count=$(lines answers)+1
	printf "%s${KEY:-\\024}\\a" "$1" >&9
	wait_until answered "$count"  || { cat -v typescript >&2; false; }
	local answer
	answer=$(tail -n 1 answers | sed 's/^<//; s/ *>$//')
	[ "$answer" = "$2" ] || {
		echo "\"$1\" becomes \"$answer\", not \"$2\"" >&2
		return 1
	}
}

@test "the table has the options of every program, as its usage says, and every key of svstat -o" {
	local program table=$TOP/package/completions/options said
	for program in $PROGRAMS; do
		sed -n "s/^$program *| \([^ ]\) .*/\1/p" "$table" | sort >have
		if [ "$program" = svc ]; then
			svc -Z 2>&1 | sed -n 's/^svc options: //p' | sed 's/, /\n/g' | sed 's/milliseconds/&/' >said
			sed -n 's/^svc *| \([^ ]\) |[^|]*| /\1 /p' "$table" | diff - said
		else
			# Letters of their own, and those with an argument.
			said=$("$program" -Z 2>&1 | sed -n "s/^$program: usage: $program//p")
			grep -oE '\[?-[A-Za-z]+' <<<"$said" | tr -d '[-' | fold -w 1 | sort | diff have -
			sed -n "s/^$program *| \([^ ]\) | [a-z].*/\1/p" "$table" | sort >have
			grep -oE -e '-[A-Za-z] [a-z]+' <<<"$said" | cut -c2 | sort | diff have -
		fi
	done
	{
		printf 'service\nrunning\n'
		sed -n 's/^ *\[SV_KEY_[A-Z_]*\] = "\(.*\)",$/\1/p' "$TOP/lib/svstate.c"
	} | sort >keys
	sed -n 's/^fields *| words *| //p' "$table" | tr ' ' '\n' | sort | diff keys -
	# There is no other program that takes services.
	grep -l 'looked up in' "$TOP"/svc/*.8 "$TOP"/multilog/*.8 | sed 's|.*/||; s|\.8$||' | sort |
		diff - <(tr ' ' '\n' <<<"$PROGRAMS")
}

@test "bash: services of the scan directory, loggers, paths, words, and options that take them" {
	begin_bash
	becomes 'svc -t w' 'svc -t web worker'
	becomes 'svstat ' 'svstat away db it:em job mail@1 web worker'
	becomes 'svc -t web/' 'svc -t web/log'
	becomes 'svc -t web db/l' 'svc -t web db/log'
	becomes 'svup worker/' 'svup worker/'
	# A part of these words is a word of its own to readline.
	becomes 'svwhy mail@' 'svwhy mail@1'
	becomes 'svwhy it:' 'svwhy it:em'
	becomes 'svlint ./s' 'svlint ./service ./sv'
	becomes 'svlint sv/o' 'svlint sv/other'
	becomes "svlog $PWD/sv/w" "svlog $PWD/sv/web"
	becomes 'svwait ' 'svwait done down ready up'
	becomes 'svwait -T ' 'svwait -T'
	becomes 'svwait -aT 50 r' 'svwait -aT 50 ready'
	becomes 'svwait ready w' 'svwait ready web worker'
	becomes 'svwait ready mail@1 d' 'svwait ready mail@1 db'
	becomes 'svlog -n 5 -s to' 'svlog -n 5 -s today'
	becomes 'svstat -o stat' 'svstat -o state'
	becomes 'svstat -o pid,stat' 'svstat -o pid,state'
	becomes 'svstat -' 'svstat -V -a -j -o -v'
	becomes 'svup -r' 'svup -r'
	becomes 'svok nothing' 'svok nothing'
	becomes 'true; svc -t w' 'true; svc -t web worker'
	becomes 'SVDIR=x svstat -a | svok w' 'SVDIR=x svstat -a | svok web worker'
}

@test "bash: names with blanks and signs are quoted, and nothing in a name is executed" {
	mkdir "service/my site" 'service/mine$(>owned)' "service/o'ne"
	begin_bash
	becomes 'svc -t my' 'svc -t my\ site'
	becomes 'svc -t my\ s' 'svc -t my\ site'
	KEY='\t' becomes 'svc -t "my' 'svc -t "my site"'
	becomes 'svc -t mi' 'svc -t mine\$\(\>owned\)'
	becomes 'svc -t o' "svc -t o\\'ne"
	[ ! -e owned ]
}

@test "bash: whatever options the shell has, and where there is no scan directory" {
	begin_bash
	printf 'shopt -s failglob dotglob nullglob nocaseglob; set -f; IFS=w\n' >&9
	wait_until contains typescript 'prompt 2>'
	becomes 'svstat ' 'svstat away db it:em job mail@1 web worker'
	becomes 'svstat W' 'svstat W'
	printf 'SVDIR=%s/none\n' "$PWD" >&9
	wait_until contains typescript 'prompt 3>'
	becomes 'svstat x' 'svstat x'
	run ! grep -e 'no match' -e 'such file' typescript
}

@test "zsh: services of the scan directory, loggers, paths, words, and options that take them" {
	begin_zsh
	becomes 'svc -t w' 'svc -t web worker'
	becomes 'svstat ' 'svstat away db it:em job mail@1 web worker'
	becomes 'svc -t web/' 'svc -t web/log'
	becomes 'svwhy mail@' 'svwhy mail@1'
	becomes 'svlint ./s' 'svlint ./service ./sv/'
	becomes 'svwait ' 'svwait done down ready up'
	becomes 'svwait -aT 50 r' 'svwait -aT 50 ready'
	becomes 'svwait ready w' 'svwait ready web worker'
	becomes 'svlog -n 5 -s to' 'svlog -n 5 -s today'
	becomes 'svstat -o stat' 'svstat -o state,'
	becomes 'svstat -o pid,stat' 'svstat -o pid,state,'
	becomes 'svstat -' 'svstat -V -a -j -o -v'
	mkdir "service/my site" 'service/mine$(>owned)'
	becomes 'svc -t my' 'svc -t my\ site'
	becomes 'svc -t mi' 'svc -t mine\$\(\>owned\)'
	[ ! -e owned ]
	run ! grep _arguments: typescript
}

# completes LINE: what fish offers, without the descriptions.
completes() {
	fish --no-config -c 'for file in made/*.fish; source $file; end; complete -C $argv' -- "$1" |
		sed 's/\t.*//' | LC_ALL=C sort | tr '\n' ' '
}

@test "fish: services of the scan directory, loggers, paths, words, and options that take them" {
	command -v fish >/dev/null || skip "needs fish"
	[ "$(completes 'svc -t w')" = "web worker " ]
	[ "$(completes 'svstat ')" = "away db it:em job mail@1 web worker " ]
	[ "$(completes 'svc -t web/')" = "web/log " ]
	[ "$(completes 'svlint ./s')" = "./service/ ./sv/ " ]
	[ "$(completes 'svwait ')" = "done down ready up " ]
	[ "$(completes 'svwait ready w')" = "web worker " ]
	[ "$(completes 'svlog -s to')" = "today " ]
	[ "$(completes 'svstat -o pid,stat')" = "pid,state " ]
	[ "$(completes 'svstat -')" = "-V -a -j -o -v " ]
	[ "$(fish --no-config -c 'source made/svup.fish; complete -C "svup -"' | grep '^-r')" = $'-r\tready and healthy, too' ]
}
