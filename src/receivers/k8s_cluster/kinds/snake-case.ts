/** `MemoryPressure` as `memory_pressure`, `PIDPressure` as `pid_pressure`, `hugepages-2Mi` as `hugepages_2_mi`. */
export function snakeCase(text: string): string {
  return text
    .trim()
    .replace(/(?<=[a-z])(?=[A-Z0-9])|(?<=[A-Z])(?=\d)|(?<=\d)(?=[A-Za-z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '_')
    .replace(/[ .-]/g, '_')
    .toLowerCase();
}
