#!/usr/bin/perl
# compare.pl LIST PAGE...: whether the DIAGNOSTICS of each page are the messages that LIST, from
# list.pl, has for the program of that name: no more, no less, each with a cure. Prints what is wrong,
# a line each. SPDX-License-Identifier: ISC
#
# In a page, words in capitals stand for what is put in: ERROR for an error text, others for anything
# without blanks, and [] for what may be missing.
use strict;
use warnings;

my $MESSAGES = 'lib/msg.c'; # where the error texts are

sub lines_of {
	my ($file) = @_;
	open(my $in, '<', $file) or die "$file: $!\n";
	chomp(my @lines = <$in>);
	return @lines;
}

# The heads in the section, without the program's name, and whether text follows each group of them.
sub entries_of {
	my ($page, $program) = @_;
	my @lines = lines_of($page);
	my ($on, @open, @heads);
	my @wrong = grep(/^\.Sh DIAGNOSTICS$/, @lines) ? () : ('no section DIAGNOSTICS');

	for (@lines) {
		$on = /^\.Sh DIAGNOSTICS$/ if /^\.Sh /;
		next if !$on;
		if (/^\.It (.*)/) {
			my $head = $1;
			$head =~ s/^"(.*)"$/$1/;
			$head =~ s/""|\\\*q/"/g;
			push @wrong, "does not begin with the program's name: $head" if $head !~ s/^\Q$program\E: //;
			push @heads, $head;
			push @open, $head;
		} elsif (!/^\.(\\"|Bl|Pp)/) {
			push @wrong, "no cure: $open[-1]" if /^\.El/ && @open;
			@open = ();
		}
	}
	return \@heads, \@wrong;
}

# HEAD with and without each part in brackets.
sub unfold {
	my ($head) = @_;
	return $head if $head !~ /^(.*?)\[([^\[\]]*)\](.*)$/;
	my ($before, $maybe, $after) = ($1, $2, $3);
	return map { ("$before$_", "$before$maybe$_") } unfold($after);
}

my %error_texts = map { /^\tTEXT\(\w+, "(.*?)"\)/ ? ($1 => 1) : () } lines_of($MESSAGES);

# TEXT of a page as a pattern.
sub plain {
	my ($text) = @_;
	return join('', map { $_ eq 'ERROR' ? '\{error\}' : /^[A-Z]+$/ ? '(?:\{\}|[^\s:;,"(){}])+' : quotemeta }
	    split /([A-Z]+)/, $text);
}

# What matches the messages that HEAD stands for. One error text may have an entry of its own.
sub pattern_of {
	my ($head) = @_;
	my ($text, $last) = $head =~ /^(.*): ([^:]+)$/ or return qr/^@{[plain($head)]}$/;
	my $either = $error_texts{$last} ? '|\{error\}' : '';
	return qr/^@{[plain($text)]}: (?:@{[plain($last)]}$either)$/;
}

sub compare {
	my ($page, $program, @messages) = @_;
	my ($heads, $wrong) = entries_of($page, $program);
	my %missing = map { $_ => 1 } @messages;

	for my $head (map { unfold($_) } @$heads) {
		my $pattern = pattern_of($head);
		my @met = grep { /$pattern/ } @messages;
		push @$wrong, "nobody says: $head" unless @met;
		delete @missing{@met};
	}
	return map { "$page: $_\n" } @$wrong, map { "no entry for: $_" } sort keys %missing;
}

my ($list, @pages) = @ARGV;
my %messages;
for (lines_of($list)) {
	my ($program, $message) = split /\t/;
	push @{$messages{$program}}, $message;
}
my @wrong;
for my $page (@pages) {
	my ($program) = $page =~ m{([^/]*)\.8$} or next;
	push @wrong, compare($page, $program, @{delete $messages{$program} || []});
}
push @wrong, map { "$_: no page\n" } sort keys %messages;
print @wrong;
exit(@wrong ? 1 : 0);
