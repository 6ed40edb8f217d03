#!/usr/bin/perl
# The rules of layers.txt and words.txt over the C files named as arguments, paths seen from the
# root of the repository. Prints FILE:LINE: RULE: why; exit 1 when there was anything to print.
# Perl is part of every Debian (perl-base), so lint needs no package for it.
use strict;
use warnings;

my ($dir) = $0 =~ m{^(.*)/};
my $findings = 0;

sub report {
    my ($file, $line, $rule, $why) = @_;
    print "$file:$line: $rule: $why\n";
    $findings++;
}

sub read_lines {
    my ($path) = @_;
    open my $in, '<', $path or die "$path: $!\n";
    return <$in>;
}

# ---------------------------------------------------------------- layers

my (%folders, %headers, %system);

sub read_layers {
    for (read_lines("$dir/layers.txt")) {
        next if /^\s*(#|$)/;
        my ($folder, $rest) = /^(\S+):\s*(.*)$/ or die "layers.txt: $_";
        if ($folder eq 'system') {
            $system{$_} = 1 for split ' ', $rest;
            next;
        }
        my ($may, $libraries) = split /\|/, $rest, 2;
        $folders{$folder} = {map { $_ => 1 } $folder, split ' ', $may};
        $headers{$folder} = [map { s/\*$// ? qr/^\Q$_\E/ : qr/^\Q$_\E$/ } split ' ', $libraries // ''];
    }
}

# core/money/decimal.c belongs to core/money, jobs/rating.c to jobs, all below tests to tests.
sub folder_of {
    my ($path) = @_;
    return $1 if $path =~ m{^(core/[^/]+)/};
    return $path =~ m{^([^/]+)/} ? $1 : '';
}

sub check_include {
    my ($file, $line, $included, $is_library) = @_;
    my $from = folder_of($file);
    return report($file, $line, 'layers', "folder '$from' is not in layers.txt") if !$folders{$from};
    if ($is_library) {
        return if $system{$included} || grep { $included =~ $_ } @{$headers{$from}};
        return report($file, $line, 'layers', "$from may not include <$included>");
    }
    my $to = folder_of($included);
    report($file, $line, 'layers', "$from may not include $included") if !$folders{$from}{$to};
}

# ---------------------------------------------------------------- words

my @rules;

sub read_words {
    local $/ = '';
    for (read_lines("$dir/words.txt")) {
        s/^#.*\n//mg;
        next if !/\S/;
        my %rule = /^(\w+)\s+(.*?)\s*$/mg;
        push @rules, {
            name => $rule{rule},
            why => $rule{why},
            in => [split ' ', $rule{in}],
            home => [split ' ', $rule{home} // ''],
            code => defined $rule{code} ? qr/$rule{code}/ : undef,
            text => defined $rule{text} ? qr/$rule{text}/ : undef,
        };
    }
}

sub below { # is $path one of these files or in one of these folders?
    my ($path, @places) = @_;
    return scalar grep { $path eq $_ || index($path, s{/?$}{/}r) == 0 } @places;
}

# Comments and texts become spaces in the code, line by line; the texts are kept beside it.
sub split_code {
    my ($source) = @_;
    my @texts;
    $source =~ s{(/\*.*?\*/|//[^\n]*)|("(?:\\.|[^"\\\n])*")|('(?:\\.|[^'\\\n])*')}{
        my $found = $&;
        push @texts, [1 + (substr($source, 0, $-[0]) =~ tr/\n//), substr($2, 1, -1)] if defined $2;
        $found =~ s/[^\n]/ /gr;
    }gse;
    return ($source, \@texts);
}

sub check_words {
    my ($file, $lines, $code, $texts) = @_;
    for my $rule (@rules) {
        next if !below($file, @{$rule->{in}}) || below($file, @{$rule->{home}});
        my @hits;
        if ($rule->{code}) {
            push @hits, grep { $code->[$_ - 1] =~ $rule->{code} } 1 .. @$code;
        }
        if ($rule->{text}) {
            push @hits, map { $_->[0] } grep { $_->[1] =~ $rule->{text} } @$texts;
        }
        for my $line (@hits) {
            next if $lines->[$line - 1] =~ /lint: \Q$rule->{name}\E\b/;
            report($file, $line, $rule->{name}, $rule->{why});
        }
    }
}

read_layers();
read_words();
for my $file (@ARGV) {
    my @lines = read_lines($file);
    for my $i (0 .. $#lines) {
        next if $lines[$i] !~ /^\s*#\s*include\s*([<"])([^>"]+)[>"]/;
        check_include($file, $i + 1, $2, $1 eq '<');
    }
    my ($code, $texts) = split_code(join '', @lines);
    $code =~ s/^(\s*#\s*include\b)[^\n]*/$1/mg;
    check_words($file, \@lines, [split /\n/, $code], $texts);
}
exit($findings ? 1 : 0);
