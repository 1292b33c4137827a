// The project's name, logo and colour. The colour is moved towards black or white until it can be read.

const ENOUGH = 4.5;

/** Red, green and blue of `#rrggbb`, each 0 to 255. */
function channels(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

/** Relative luminance as WCAG defines it. */
function luminance(rgb) {
  const [r, g, b] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** The contrast of two colours, 1 to 21. */
export function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

/** `colour`, moved away from `background` until text in it can be read. */
export function readable(colour, background) {
  const towards = luminance(background) > 0.18 ? 0 : 255;
  let found = colour;
  for (let step = 1; step <= 20 && contrast(found, background) < ENOUGH; step += 1) {
    found = colour.map((value) => Math.round(value + ((towards - value) * step) / 20));
  }
  return found;
}

function css(rgb) {
  return `rgb(${rgb.join(" ")})`;
}

/** The colours that follow from an accent: itself, text on it, itself as text on a card. */
export function palette(hex, dark) {
  const accent = channels(/^#[0-9a-f]{6}$/i.test(hex) ? hex : "#1a6b54");
  const white = [255, 255, 255];
  return {
    accent,
    onAccent: contrast(accent, white) >= ENOUGH ? white : [0, 0, 0],
    accentText: readable(accent, channels(dark ? "#1d2328" : "#ffffff")),
  };
}

function paint(hex) {
  const { accent, onAccent, accentText } = palette(hex, window.matchMedia("(prefers-color-scheme: dark)").matches);
  const style = document.documentElement.style;
  style.setProperty("--accent", css(accent));
  style.setProperty("--on-accent", css(onAccent));
  style.setProperty("--accent-text", css(accentText));
}

/** Shows the branding of `GET api/config`. */
export function applyBranding(branding) {
  document.title = `Secure upload · ${branding.display_name}`;
  document.getElementById("name").textContent = branding.display_name;
  paint(branding.accent_colour);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => paint(branding.accent_colour));
  if (branding.logo) {
    const logo = document.getElementById("logo");
    // The name stands beside it, so the picture adds nothing to say.
    logo.addEventListener("load", () => { logo.hidden = false; });
    logo.src = "api/logo";
  }
}
