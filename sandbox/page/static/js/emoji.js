// The emoji of the picker, with Zulip's names and code points.

const LIST = `
+1 1f44d|check 2705|tada 1f389|heart 2764|smile 1f642|eyes 1f440|-1 1f44e|cross_mark 274c
check_mark 2714|question 2753|exclamation 2757|warning 26a0|rocket 1f680|fire 1f525|sparkles 2728|star 2b50
clap 1f44f|pray 1f64f|ok 1f44c|wave 1f44b|raised_hands 1f64c|muscle 1f4aa|100 1f4af|rotating_light 1f6a8
grinning 1f600|joy 1f602|thinking 1f914|laughing 1f606|cry 1f622|open_mouth 1f62e|sunglasses 1f60e|octopus 1f419
lock 1f512|key 1f511|working_on_it 1f6e0|gear 2699|package 1f4e6|cloud 2601|hourglass 231b|bell 1f514
time 1f552|calendar 1f4c5|memo 1f4dd|paperclip 1f4ce|link 1f517|mailbox 1f4eb|phone 260e|bug 1f41b`;

export const EMOJI = LIST.trim().split(/[|\n]/).map((entry) => {
  const [name, code] = entry.split(" ");
  return { name, code };
});

// These are drawn as text by default; the selector asks for the coloured picture.
const PLAIN = new Set(["2764", "26a0", "2699", "2601", "260e", "2714"]);

/** The characters of a code such as `1f468-200d-1f4bb`. */
export function charactersOf(code) {
  try {
    return String.fromCodePoint(...code.split("-").map((part) => Number.parseInt(part, 16)))
      + (PLAIN.has(code) ? "\ufe0f" : "");
  } catch {
    return ""; // A realm's own emoji has a number instead: its name is shown.
  }
}
