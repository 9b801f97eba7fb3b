// @ts-check
/** Registers `<psync-playground>`: the one line that a page needs. */

import { define } from "./element.js";

define();
