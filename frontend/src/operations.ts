/** The operations centre: a map of many things, rails beside it, time below it. */
import "./styles/base.css";
import "./styles/operations.css";
import { Centre } from "./centre/centre";
import { takeOver } from "./centre/simulation";
import { startTheme } from "./centre/theme";
import { dropAtSignOut } from "./draft";

startTheme();
dropAtSignOut();
void Centre.open();
takeOver();
