#!/usr/bin/perl
# list.pl [PROGRAM...]: prints "PROGRAM<tab>MESSAGE" for every message that a program can write to
# its standard error, from the sources in the current directory. What is only known when it is written
# stands as {}, an error text as {error}. A message belongs to the programs from whose main it can be
# reached by calls. SPDX-License-Identifier: ISC
#
# The sources are preprocessed and cut into definitions; functions and tables refer to each other by
# name. Where a %s is given a word that the sources choose, each choice is a message of its own: words
# are followed through ?:, arrays, fmt() into a buffer, and the arguments of functions that wrap one
# of lib/msg.h. Fails if a message is left of which nobody could say what it tells.
use strict;
use warnings;
use FindBin;
require "$FindBin::Bin/definitions.pl";
our $TOKEN;

# What writes: which argument is the format, what precedes it, whether an error text follows.
my %emitters = (
	msg_say => [0, '', ''],
	msg_warn => [0, 'warning: ', ''],
	msg_warn_sys => [1, 'warning: ', ': {error}'],
	msg_fatal_sys => [1, 'fatal: ', ': {error}'],
	msg_die => [1, 'fatal: ', ''],
	msg_die_sys => [2, 'fatal: ', ': {error}'],
	complaint => [1, 'warning: ', ': {error}'], # none if the first argument is 0
);
# Members of structures that carry words, and the structure of tables that have them.
my %carriers = map { $_ => 1 } qw(what reason);
my $TABLE = 'struct step';
# Carries the words around a path. Said in two places that only know members of it.
my $PAIR = 'struct trouble_words';
my $PAIR_SAID = qr{/(rotate|trouble)\.c$};

my $HOLE = "\x{1}";  # in templates, until they are printed
my $ERROR = "\x{2}";
sub mark { "\x{3}$_[0]\x{4}" } # a parameter of the function at hand, to be put in by its callers
my $MARK = qr/\x{3}(\d+)\x{4}/;

# ---- One program ---------------------------------------------------------------------------------

my (%definitions, %local, %global, @reached, %callers);

sub find {
	my ($file, $name) = @_;
	return $local{$file}{$name} || $global{$name};
}

# Notes what main needs, and who calls whom with which arguments.
sub reach {
	my ($main) = @_;
	my %seen = ($main => 1);

	@reached = ($main);
	%callers = ();
	for (my $i = 0; $i < @reached; $i++) {
		my ($from, $body) = ($reached[$i], $reached[$i]{body});
		for my $at (0 .. $#$body) {
			next if $body->[$at] !~ /^[A-Za-z_]/ || $at > 0 && $body->[$at - 1] =~ /^(\.|->)$/;
			my $to = find($from->{file}, $body->[$at]) or next;
			push @reached, $to unless $seen{$to}++;
			push @{$callers{$to}}, [$from, arguments($body, $at)] if ($body->[$at + 1] // '') eq '(';
		}
	}
}

sub arguments {
	my ($body, $at) = @_;
	return [split_list(@$body[$at + 2 .. skip($body, $at + 1) - 2])];
}

# ---- Words ---------------------------------------------------------------------------------------

sub text_of {
	my ($token) = @_;
	my $text = substr($token, 1, -1);
	$text =~ s/\\n/\n/g;
	$text =~ s/\\(["'\\])/$1/g;
	return $text;
}

sub is_string { return @_ && !grep { !/^"/ } @_ }

sub strings_in {
	my (@found, $open);

	for (@_) {
		if (/^"/) {
			push @found, '' unless $open;
			$found[-1] .= text_of($_);
		}
		$open = /^"/;
	}
	return @found;
}

sub unique { my %seen; return grep { !$seen{$_}++ } @_ }

# What the tokens of an expression in the function IN can be, as templates.
sub values_of {
	my ($in, $tokens, $depth) = @_;
	my @tokens = @$tokens;

	return ($HOLE) if $depth > 8 || !@tokens;
	return (join('', map { text_of($_) } @tokens)) if is_string(@tokens);
	return values_of($in, [@tokens[1 .. $#tokens - 1]], $depth)
	    if $tokens[0] eq '(' && skip(\@tokens, 0) == @tokens;
	my @choice = choices(@tokens);
	return unique(map { values_of($in, $_, $depth + 1) } @choice) if @choice;
	return ($ERROR) if $tokens[0] eq 'msg_error';
	my @words = @tokens == 1 ? words_of_name($in, $tokens[0], $depth)
	    : @tokens >= 4 && $tokens[1] eq '[' ? words_of_array($in, @tokens)
	    : $tokens[-2] =~ /^(\.|->)$/ && $carriers{$tokens[-1]} ? words_of_member($in, $tokens[-1], $depth)
	    : ();
	return @words ? unique(@words) : ($HOLE);
}

# The two sides of A ? B : C.
sub choices {
	my ($question, $nested);

	for (my $i = 0; $i < @_;) {
		$nested++ if $_[$i] eq '?';
		$question //= $i if $_[$i] eq '?';
		return ([@_[$question + 1 .. $i - 1]], [@_[$i + 1 .. $#_]])
		    if $_[$i] eq ':' && defined $question && --$nested == 0;
		$i = $_[$i] =~ /^[(\[{]$/ ? skip(\@_, $i) : $i + 1;
	}
	return;
}

# A parameter, a buffer that fmt fills, or a variable that is given words.
sub words_of_name {
	my ($in, $name, $depth) = @_;
	my @parameters = @{$in->{parameters} || []};

	for my $i (0 .. $#parameters) {
		return (mark($i)) if $parameters[$i] eq $name;
	}
	return formatted($in, [$name], $depth), assigned($in, $name, $depth);
}

# What fmt makes in the function IN for a buffer that ends with TAIL.
sub formatted {
	my ($in, $tail, $depth) = @_;
	my $body = $in->{body};
	my @found;

	for my $at (grep { $body->[$_] eq 'fmt' } 0 .. $#$body) {
		my ($buffer, $size, @rest) = @{arguments($body, $at)};
		next if @$buffer < @$tail || join(' ', @$buffer[-@$tail .. -1]) ne join(' ', @$tail);
		push @found, templates($in, \@rest, $depth + 1);
	}
	return @found;
}

# The values of "NAME = EXPRESSION" in the function IN, if some are words: of a variable, or of a member.
sub assigned {
	my ($in, $name, $depth, $member) = @_;
	my @body = @{$in->{body}};
	my @found;

	for my $at (grep { $body[$_] eq $name && $body[$_ + 1] eq '=' } 1 .. $#body - 2) {
		next if $member && $body[$at - 1] !~ /^(\.|->)$/;
		my $end = $at + 2;
		while ($end < @body && $body[$end] !~ /^[;,}]$/) {
			$end = $body[$end] =~ /^[(\[{]$/ ? skip(\@body, $end) : $end + 1;
		}
		push @found, values_of($in, [@body[$at + 2 .. $end - 1]], $depth + 1);
	}
	return grep({ $_ ne $HOLE } @found) ? @found : ();
}

# ARRAY[INDEX]: the element of that name, or all of them.
sub words_of_array {
	my ($in, $array, undef, @index) = @_;
	my $body = $in->{body};
	my @ends = map { skip($body, $_ + 1) }
	    grep { $body->[$_] eq $array && $body->[$_ + 1] eq '[' } 0 .. $#$body - 1;
	my ($open) = map { $_ + 1 } grep { join('', @$body[$_, $_ + 1]) eq '={' } grep { $_ < $#$body } @ends;
	my $table = find($in->{file}, $array);
	my @elements = defined $open ? @$body[$open + 1 .. skip($body, $open) - 2]
	    : $table ? @{$table->{body}} : ();
	my @named = grep { @$_ && $_->[0] eq '[' && $_->[1] eq $index[0] } split_list(@elements);

	return strings_in(@named ? @{$named[0]} : @elements);
}

# A member that carries words, wherever this program fills it in.
sub words_of_member {
	my ($in, $member, $depth) = @_;
	my @found;

	for my $definition (@reached) {
		if ($definition->{parameters}) {
			my @texts = formatted($definition, ['->', $member], $depth);
			push @found, @texts, @texts ? '' : (); # before it is filled
			push @found, settled($definition, assigned($definition, $member, $depth, 1));
		} elsif ($definition->{file} eq $in->{file} && "@{$definition->{head}}" =~ /\b$TABLE\b/) {
			push @found, strings_in(@{$definition->{body}});
		}
	}
	return @found;
}

# ---- Messages ------------------------------------------------------------------------------------

# TEXT with WORD behind it, for the conversion PART; nothing if words would run into each other, which
# is so where two choices are one: "chdir to " and a name, or "open" without.
sub joined {
	my ($text, $word, $part) = @_;
	return $part eq '%s' && $text =~ /[a-z]$/ && $word =~ /^[a-z$HOLE]/ ? () : "$text$word";
}

# The texts that a format and its arguments make in the function IN.
sub templates {
	my ($in, $arguments, $depth) = @_;
	my ($format, @rest) = @$arguments;
	my @done;

	for my $pattern (values_of($in, $format, $depth)) {
		my @values = @rest;
		my @texts = ('');
		for my $part (split /(%[-0-9.]*\*?(?:ll|l|z|j)?[a-z%])/, $pattern) {
			my @parts = ($part);
			if ($part =~ /^%/) {
				shift @values if $part =~ /\*/;
				@parts = $part eq '%%' ? ('%')
				    : $part eq '%s' ? values_of($in, shift(@values) // [], $depth)
				    : (shift(@values), $HOLE)[1];
			}
			@texts = map { my $text = $_; map { joined($text, $_, $part) } @parts } @texts;
		}
		push @done, @texts;
	}
	return unique(@done);
}

# The templates of the function IN with what its callers put in.
sub settled {
	my ($in, @open) = @_;
	my (@done, %seen);
	my @work = map { [$in, $_] } @open;

	while (my $item = shift @work) {
		my ($function, $text) = @$item;
		next if $seen{"$function $text"}++;
		my @marks = unique($text =~ /$MARK/g);
		my @calls = @{$callers{$function} || []};
		if (!@marks || !@calls) {
			$text =~ s/$MARK/$HOLE/g;
			push @done, $text;
			next;
		}
		for my $call (@calls) {
			my ($caller, $arguments) = @$call;
			my @texts = ($text);
			for my $mark (@marks) {
				# The caller's own marks are not to be taken for ours.
				my @words = map { tr/\x{3}/\x{5}/r } values_of($caller, $arguments->[$mark] // [], 1);
				my $ours = mark($mark);
				@texts = map { my $word = $_; map { s/$ours/$word/gr } @texts } @words;
			}
			push @work, map { [$caller, tr/\x{5}/\x{3}/r] } @texts;
		}
	}
	return unique(@done);
}

# The messages around paths. Those of fatal steps end the program, the others are tried again; a
# processor that has failed has no error number.
sub pairs {
	my @found;

	for my $definition (@reached) {
		my $text = join(' ', @{$definition->{head}}, '{', @{$definition->{body}}, '}');
		while ($text =~ /(?:\b$PAIR \w+ =|\. words =) \{ ("[^{}]*) \}( , \. fatal)?/g) {
			my ($pair, $fatal) = ($1, $2);
			my ($before, $after) = map { join('', strings_in(@$_)) } split_list($pair =~ /$TOKEN/g);
			my $words = $before . ($before =~ / $/ ? $HOLE : '');
			$words .= $after . ($after =~ m{/$} ? $HOLE : '');
			push @found, $fatal ? "fatal: $words: $ERROR" : "warning: $words, pausing: $ERROR";
			push @found, "warning: $words, pausing" if $before =~ /^processor/;
		}
	}
	return @found;
}

sub messages_in {
	my ($function) = @_;
	my $body = $function->{body};
	my @found;

	return () if !$function->{parameters} || $emitters{$function->{name}};
	for my $at (grep { $emitters{$body->[$_]} } 0 .. $#$body) {
		my ($format, $level, $tail) = @{$emitters{$body->[$at]}};
		my @arguments = @{arguments($body, $at)};
		$tail = '' if $body->[$at] eq 'complaint' && $arguments[0][0] eq '0';
		next if $function->{file} =~ $PAIR_SAID && grep { $_->[-1] =~ /^(before|after)$/ } @arguments;
		my @texts = templates($function, [@arguments[$format .. $#arguments]], 0);
		push @found, settled($function, map { "$level$_$tail" } @texts);
	}
	return @found;
}

# As it is printed here; nothing for lines that are quoted from logs, for a usage line (envdir's has
# 0.76's exit code), and for the other half of what joined() leaves out.
sub printed {
	my ($text) = @_;
	return () if $text =~ /^ *$HOLE$|^usage: |^: | :|: $/;
	$text =~ s/$HOLE+/{}/g;
	$text =~ s/$ERROR/{error}/g;
	return $text;
}

sub load {
	my (@files) = @_;

	(%local, %global) = ();
	for my $file (@files) {
		for my $definition (@{$definitions{$file}}) {
			$local{$file}{$definition->{name}} = $definition;
			$global{$definition->{name}} = $definition if $definition->{public};
		}
	}
}

# "PROGRAM FILE..." of all, the file with main first.
sub programs {
	my $print = '$(info $(p) $(f)/$(p).c $($(p)_PARTS:%=%.c) $(LIB:%=%.c))';
	my $rule = 'list:;$(foreach f,$(FOLDERS),$(foreach p,$($(f)_PROGRAMS),PRINT))@:' =~ s/PRINT/$print/r;
	delete @ENV{qw(MAKEFLAGS MAKELEVEL)}; # of a make that runs the tests
	open(my $make, '-|', 'make', 'VARIANT=release', '-s', '--no-print-directory', "--eval=$rule", 'list') or die;
	my @lines = <$make>;
	close $make or die "list.pl: make does not tell what there is\n";
	return map { [split] } @lines;
}

# fatal CODE "TEXT" is what scripts say.
sub messages_of_script {
	my ($file) = @_;
	local (@ARGV, $/) = ($file);
	return map { s/\$(\{[^}]*\}|\w+)/{}/gr } map { "fatal: $_" } <> =~ /\bfatal \d+ "([^"]*)"/g;
}

my $status = 0;
my %wanted = map { $_ => 1 } @ARGV;

# Fails for what has no words of its own, or does not say what was not possible.
sub show {
	my ($program, @messages) = @_;

	for my $message (unique(sort @messages)) {
		print "$program\t$message\n";
		my $own = $message =~ s/^(fatal|warning): //r;
		next if $own !~ /^unable to \{/ && $own =~ s/\{\w*\}//gr =~ /[a-z]{2}/;
		warn "list.pl: $program: what can stand in \"$message\"?\n";
		$status = 1;
	}
}

my @programs = grep { !%wanted || $wanted{$_->[0]} } programs();
my $tokens = tokens_of(unique(map { @$_[1 .. $#$_] } @programs));
$definitions{$_} = [definitions_of($_, $tokens->{$_})] for keys %$tokens;
for (@programs) {
	my ($program, $main, @others) = @$_;
	load($main, @others);
	reach($local{$main}{main});
	show($program, map { printed($_) } pairs(), map { messages_in($_) } @reached);
}
show('new-service', messages_of_script('package/new-service')) if !%wanted || $wanted{'new-service'};
exit $status;
