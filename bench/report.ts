/** bench/results.md: a page of sections, of which a later run may replace some. */

export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

export function renderReport(facts: readonly string[], how: string, sections: readonly Section[]): string {
  const head = `# Benchmarks\n\n${facts.map((fact) => `- ${fact}\n`).join('')}\n${how}\n`;
  return [head, ...sections.map(renderSection)].join('\n');
}

function renderSection({ title, lines }: Section): string {
  return `## ${title}\n\n${lines.join('\n')}\n`;
}

/** A report with these sections in the place of those of the same titles; new ones come last. */
export function replaceSections(report: string, sections: readonly Section[]): string {
  const parts = report.split(/^(?=## )/m);
  for (const section of sections) {
    const text = renderSection(section);
    const at = parts.findIndex((part) => part.startsWith(`## ${section.title}\n`));
    if (at === -1) parts.push(text);
    else parts[at] = text;
  }
  return parts.map((part) => `${part.trimEnd()}\n`).join('\n');
}
